"""Strikes at batches: planned by a seed, and at an object storage through a gate that counts."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from chaos.aimed import STORAGE, Blow, Moment, plan_aims
from chaos.storage_gate import Request, StorageGate

pytestmark = pytest.mark.anyio

PUT = b"PUT /bucket/a/current.json HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody"
DONE = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def test_a_seed_decides_every_strike() -> None:
    """Every blow comes at every moment, and outages are as long as they may be."""
    aims = plan_aims(7, 10, 48, (2.0, 60.0))

    assert aims == plan_aims(7, 10, 48, (2.0, 60.0)) != plan_aims(8, 10, 48, (2.0, 60.0))
    assert Counter((aim.moment, aim.blow) for aim in aims) == {
        (moment, blow): 2 for moment in Moment for blow in Blow
    }
    assert {aim.batch for aim in aims} == set(range(10))
    assert all(2 <= aim.lasts_s <= 60 for aim in aims if aim.blow in STORAGE)


class Service:
    """Answers 200 to whatever is sent to it, when it is let."""

    def __init__(self) -> None:
        """Be free to answer."""
        self.asked = asyncio.Event()
        self.free = asyncio.Event()
        self.free.set()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what comes on one connection."""
        while await reader.read(65_536):
            self.asked.set()
            await self.free.wait()
            writer.write(DONE)
            await writer.drain()
        writer.close()


@pytest.fixture
def service() -> Service:
    """A service that answers at once."""
    return Service()


@pytest.fixture
async def gate(service: Service) -> AsyncIterator[StorageGate]:
    """A gate that leads there."""
    server = await asyncio.start_server(service.answer, "127.0.0.1", 0)
    async with StorageGate(server.sockets[0].getsockname()[1]) as gate:
        yield gate
    server.close()


async def _ask(gate: StorageGate, *pieces: bytes) -> bytes:
    """Send a request in pieces, and return what comes of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gate.port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    answer = await asyncio.wait_for(reader.read(65_536), 20)
    writer.close()
    return answer


async def test_a_confirmed_write_is_counted(gate: StorageGate) -> None:
    """Once, whoever waits for it is told, and a question is no write."""
    coming = gate.expect(lambda request: request.path.endswith("current.json"))
    assert await _ask(gate, PUT) == DONE
    assert await _ask(gate, b"GET /bucket/a/current.json HTTP/1.1\r\n\r\n") == DONE

    assert await coming == Request("PUT", "/bucket/a/current.json")
    assert gate.written == ["/bucket/a/current.json"]


async def test_a_write_is_counted_whose_client_was_cut_off(
    gate: StorageGate, service: Service
) -> None:
    """The storage did it all the same, and nobody but the gate hears that."""
    service.free.clear()
    asking = asyncio.create_task(_ask(gate, PUT))
    await service.asked.wait()
    gate.cut()
    with pytest.raises(ConnectionError):
        await asking
    service.free.set()

    async with asyncio.timeout(20):
        while not gate.written:  # noqa: ASYNC110 -- it tells nobody
            await asyncio.sleep(0.01)
    assert gate.unanswered == []


async def test_a_busy_storage_writes_nothing(gate: StorageGate) -> None:
    """Every request is refused until the gate is open again."""
    gate.busy()
    refused = await _ask(gate, PUT)
    gate.open()

    assert refused.startswith(b"HTTP/1.1 503 ")
    assert (gate.refused, gate.written) == (1, [])
    assert await _ask(gate, PUT) == DONE


async def test_a_storage_that_is_cut_off_answers_nobody(gate: StorageGate) -> None:
    """A connection ends as soon as it is made."""
    gate.cut()
    with pytest.raises((ConnectionError, AssertionError)):
        assert await _ask(gate, PUT)
    assert gate.written == []
