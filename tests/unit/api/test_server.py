"""The server lives inside the worker's loop and leaves everything else alone."""

from __future__ import annotations

import asyncio
import itertools
import signal
import socket

import pytest

from preview_worker.api import ProbePortError, ProbeServer, ProbeSettings, create_probe_app
from tests.unit.api.visits import Sources, serving, visit

pytestmark = pytest.mark.anyio


def server_on(host: str, port: int) -> ProbeServer:
    """Return a server that has not started."""
    sources = Sources()
    return ProbeServer(create_probe_app(sources, sources), ProbeSettings(host=host, port=port))


async def test_port_zero_becomes_a_real_port() -> None:
    """The log can tell where the probes are."""
    async with serving(Sources()) as server:
        assert server.port > 0


async def test_a_taken_port_is_one_clear_sentence() -> None:
    """It says which port, why, and what to do; the process lives on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ProbePortError) as caught:
            await server_on("127.0.0.1", port).start()

    assert str(caught.value) == (
        f"Probes cannot be served on port {port} on 127.0.0.1: another program listens there. "
        "Set HEALTH_PORT to a free port, or to 0 for any."
    )


@pytest.mark.parametrize("host", ["256.1.1.1", "192.0.2.1"])
async def test_an_address_that_is_not_ours_is_told(host: str) -> None:
    """Whether it cannot be or merely is elsewhere."""
    with pytest.raises(ProbePortError, match=f"Probes cannot be served on port 0 on {host}: "):
        await server_on(host, 0).start()


async def test_signals_stay_with_the_worker() -> None:
    """A SIGTERM has to reach the worker, who hands its jobs back."""
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    async with serving(Sources()):
        during = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]

    assert during == before


async def test_starting_and_stopping_twice_does_no_harm() -> None:
    """Neither opens a second port nor fails."""
    async with serving(Sources()) as server:
        port = server.port
        await server.start()
        assert server.port == port
        await server.stop()
        await server.stop()


async def test_stopping_before_starting_does_no_harm() -> None:
    """A start that failed elsewhere is cleaned up the same way."""
    await server_on("127.0.0.1", 0).stop()


async def test_a_stopped_server_frees_its_port_and_can_start_again() -> None:
    """A restart must not wait for the kernel to forget old connections."""
    async with serving(Sources()) as server:
        await visit(server, "/livez")
        port = server.port
    again = server_on("127.0.0.1", port)
    await again.start()

    assert (await visit(again, "/livez")).status == 200
    await again.stop()


async def test_answers_carry_a_date_that_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Caches reckon with it for as long as the server runs."""
    days = itertools.count(1)
    monkeypatch.setattr("preview_worker.api.server._DATE_EVERY_S", 0.01)
    monkeypatch.setattr("uvicorn.server.formatdate", lambda *_, **__: f"day {next(days)}")
    async with serving(Sources()) as server, asyncio.timeout(60):
        first = (await visit(server, "/livez")).headers["date"]
        while (await visit(server, "/livez")).headers["date"] == first:
            pass


async def test_all_addresses_of_version_six_take_version_four_too() -> None:
    """A cluster may have either or both."""
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    server = server_on("::", 0)
    await server.start()

    assert (await visit(server, "/livez")).status == 200
    await server.stop()
