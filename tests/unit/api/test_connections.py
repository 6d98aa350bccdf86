"""Slow strangers are cut; an honest probe always gets in."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import AsyncExitStack
from typing import Self

import pytest

from preview_worker.api import ProbeServer
from preview_worker.api.connections import Visit
from preview_worker.observability import Verdict
from tests.scarcity import no_descriptors_left
from tests.unit.api.visits import Sources, serving, visit

pytestmark = pytest.mark.anyio


BEGINNING = b"GET /livez HTTP/1.1\r\nHost: x\r\nX-"
WHOLE = b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"


class Transport(asyncio.Transport):
    """A connection that tells when it was cut."""

    def __init__(self) -> None:
        """Begin open."""
        super().__init__()
        self.aborted = asyncio.Event()

    def abort(self) -> None:
        """Take note of it."""
        self.aborted.set()


class Pondering(Sources):
    """Sources that think about readiness until they are told to answer."""

    def __init__(self) -> None:
        """Begin with nobody asking."""
        super().__init__()
        self.answer = asyncio.Event()
        self._asking = asyncio.Semaphore(0)

    async def asked(self, times: int) -> None:
        """Wait until so many have asked."""
        for _ in range(times):
            await self._asking.acquire()

    async def ready(self) -> Verdict:
        """Answer when it is time."""
        self._asking.release()
        await self.answer.wait()
        return await super().ready()


class Dawdler:
    """Opens a connection, says the beginning of a request, and no more."""

    def __init__(self, server: ProbeServer, said: bytes = BEGINNING) -> None:
        """Dawdle at ``server``."""
        self._socket = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        self._socket.sendall(said)

    def __enter__(self) -> Self:
        """Go on dawdling."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give up."""
        self._socket.close()

    async def end(self) -> bytes:
        """Wait until the server ends the connection; return what it said before."""
        return await asyncio.to_thread(self._end)

    def _end(self) -> bytes:
        try:
            return self._socket.recv(1000)
        except ConnectionResetError:
            return b""


@pytest.mark.parametrize(
    "said",
    [b"", b"GET /livez HT", b"GET /livez HTTP/1.1\r\nHost: x\r\nX-", b"POST /livez HTTP/1.1\r\n"],
)
async def test_a_request_that_never_ends_is_cut(said: bytes) -> None:
    """Whatever it said so far, its time is over."""
    async with serving(Sources(), request_head_s=0.1) as server:
        with Dawdler(server, said) as dawdler:
            assert await dawdler.end() == b""


async def test_a_probe_gets_in_past_any_number_of_dawdlers() -> None:
    """The oldest make room for it, and it is answered at once."""
    async with AsyncExitStack() as dawdling:
        server = await dawdling.enter_async_context(
            serving(Sources(), max_connections=8, request_head_s=60)
        )
        dawdlers = [dawdling.enter_context(Dawdler(server)) for _ in range(30)]
        begun = time.monotonic()
        answer = await visit(server, "/livez")

        assert answer.status == 200
        assert time.monotonic() - begun < 1
        for dawdler in dawdlers[:23]:
            assert await dawdler.end() == b""


async def test_an_endless_head_is_refused() -> None:
    """Nobody fills the memory with headers."""
    async with serving(Sources()) as server:
        with Dawdler(server, BEGINNING + b"x" * 20_000) as dawdler:
            assert (await dawdler.end()).startswith(b"HTTP/1.1 431 ")


async def test_a_server_with_dawdlers_stops_soon() -> None:
    """A shutdown does not wait for those who never finish."""
    async with serving(Sources(), request_head_s=60) as server, AsyncExitStack() as dawdling:
        for _ in range(5):
            dawdling.enter_context(Dawdler(server))
        await visit(server, "/livez")
        begun = time.monotonic()
        await server.stop()

    assert time.monotonic() - begun < 3


async def test_many_probes_at_once_are_all_answered() -> None:
    """A limit for strangers is none for friends."""
    async with serving(Sources()) as server:
        answers = await asyncio.gather(*(visit(server, "/readyz") for _ in range(30)))

    assert {answer.status for answer in answers} == {200}


async def test_a_probe_that_finds_no_descriptor_left_is_answered_when_there_is_one() -> None:
    """P15: it is tried again once a second, and not by more and more at a time."""
    loop = asyncio.get_running_loop()
    troubles: asyncio.Queue[dict[str, object]] = asyncio.Queue()
    loop.set_exception_handler(lambda _, trouble: troubles.put_nowait(trouble))
    async with serving(Sources()) as server:
        with Dawdler(server, b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n") as probe:
            with no_descriptors_left():
                for _ in range(2):
                    assert "out of system resource" in str((await troubles.get())["message"])
                assert troubles.empty()
            assert (await probe.end()).startswith(b"HTTP/1.1 200 ")


async def test_a_body_that_trickles_in_is_cut() -> None:
    """A byte now and then does not buy another ten seconds each."""
    transport = Transport()
    visit = Visit(transport)

    async with asyncio.timeout(5):
        while not transport.aborted.is_set():
            visit.await_body(0.1)
            await asyncio.sleep(0)


async def test_a_request_whose_body_stops_is_cut() -> None:
    """Its head alone earns no answer."""
    said = b"POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
    async with serving(Sources(), request_body_s=0.1) as server:
        with Dawdler(server, said) as dawdler:
            ended = asyncio.create_task(dawdler.end())
            async with asyncio.timeout(5):
                await ended


async def test_a_connection_that_is_being_answered_is_not_cut_for_a_newcomer() -> None:
    """Somebody watches a preview on it; it is the newcomer who has to go."""
    sources = Pondering()
    async with AsyncExitStack() as dawdling:
        server = await dawdling.enter_async_context(serving(sources, max_connections=2))
        busy = [dawdling.enter_context(Dawdler(server, WHOLE)) for _ in range(2)]
        await sources.asked(2)
        newcomer = dawdling.enter_context(Dawdler(server, BEGINNING))

        assert await newcomer.end() == b""
        sources.answer.set()
        for dawdler in busy:
            assert (await dawdler.end()).startswith(b"HTTP/1.1 200 ")


async def test_an_answer_that_nobody_reads_is_given_up() -> None:
    """It would keep its memory for ever."""
    transport = Transport()

    Visit(transport).stall(0.01)

    async with asyncio.timeout(5):
        await transport.aborted.wait()


async def test_an_answer_that_is_read_again_goes_on() -> None:
    """Pausing a video is no crime."""
    waited, paused = Transport(), Transport()
    visit = Visit(paused)

    visit.stall(0.01)
    visit.flow()
    Visit(waited).stall(0.02)
    await waited.aborted.wait()

    assert not paused.aborted.is_set()
