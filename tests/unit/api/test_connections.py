"""Slow strangers are cut; an honest probe always gets in."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import AsyncExitStack
from typing import Self

import pytest

from preview_worker.api import ProbeServer
from tests.scarcity import no_descriptors_left
from tests.unit.api.visits import Sources, serving, visit

pytestmark = pytest.mark.anyio


BEGINNING = b"GET /livez HTTP/1.1\r\nHost: x\r\nX-"


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
    async with serving(Sources(), connection_lifetime_s=0.1) as server:
        with Dawdler(server, said) as dawdler:
            assert await dawdler.end() == b""


async def test_a_probe_gets_in_past_any_number_of_dawdlers() -> None:
    """The oldest make room for it, and it is answered at once."""
    async with AsyncExitStack() as dawdling:
        server = await dawdling.enter_async_context(
            serving(Sources(), max_connections=8, connection_lifetime_s=60)
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
            assert (await dawdler.end()).startswith(b"HTTP/1.1 400 ")


async def test_a_server_with_dawdlers_stops_soon() -> None:
    """A shutdown does not wait for those who never finish."""
    async with serving(Sources(), connection_lifetime_s=60) as server, AsyncExitStack() as dawdling:
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
