"""The system's resolver, asked in threads that nobody has to wait for."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest

from preview_worker.assets.resolver import SystemResolver

pytestmark = pytest.mark.anyio


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Semaphore]:
    """Make look-ups hang until the test ends; count those that have begun."""
    begun, end = threading.Semaphore(0), threading.Event()

    def hang(*_: object, **__: object) -> list[object]:
        begun.release()
        end.wait(60)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    yield begun
    end.set()


async def test_the_systems_answer_is_returned() -> None:
    """As addresses in text, each once."""
    found = await SystemResolver()("localhost", 443)
    assert set(found) <= {"127.0.0.1", "::1"}
    assert len(found) == len(set(found)) > 0


async def test_what_has_no_address_is_an_error() -> None:
    """A name that cannot exist (RFC 2606)."""
    with pytest.raises(OSError, match=r"."):
        await SystemResolver()("nothing.invalid", 443)


async def test_a_look_up_can_be_given_up(stuck: threading.Semaphore) -> None:
    """Though the system goes on with it."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await SystemResolver()("img.example.org", 443)
    assert stuck.acquire(timeout=10)


async def test_look_ups_that_hang_are_not_gathered_without_end(stuck: threading.Semaphore) -> None:
    """Those given up count until the system lets them go."""
    resolver = SystemResolver()
    for _ in range(12):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await resolver("img.example.org", 443)
    began = 0
    while stuck.acquire(blocking=False):
        began += 1
    assert began == 8
