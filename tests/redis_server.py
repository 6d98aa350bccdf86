"""A Redis server that the tests start themselves, and settings with times fit for tests."""

from __future__ import annotations

import asyncio
import socket
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from preview_worker.queue import LeasedJob, QueueSettings, QueueUnavailableError
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.embedded import EmbeddedRedis
from preview_worker.queue.link import RedisLink
from preview_worker.queue.wire import Reply

OUTLASTING_LOCK_S = 3.0
"""How long a lock lives where none may be lost though its holder and those who look for the fallen
share one event loop: the machine may stand still for two seconds meanwhile."""


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """One server for all tests of a run; each test uses a queue of its own."""
    server = EmbeddedRedis(tmp_path_factory.mktemp("redis"), durable=False)
    server.start()
    yield server
    server.stop()


class MortalRedis(EmbeddedRedis):
    """A server that may be killed at any moment and has every write that it replied to.

    By default it writes its file out each second, or later when the disk is slow.
    """

    def start(self) -> str:
        """Start the server, and have it write before it replies."""
        url = super().start()
        with socket.create_connection(("127.0.0.1", self.port)) as line:
            line.sendall(b"CONFIG SET appendfsync always\r\n")
            assert line.recv(64) == b"+OK\r\n"
        return url


@pytest.fixture
def mortal_server(tmp_path: Path) -> Iterator[MortalRedis]:
    """A server that the test may kill and start again with its data."""
    server = MortalRedis(tmp_path / "redis")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def queue_settings(redis_server: EmbeddedRedis) -> QueueSettings:
    """Settings of a queue that nobody else uses, with short times."""
    return quick_settings(redis_server.url)


def quick_settings(url: str) -> QueueSettings:
    """Return settings of a fresh queue at ``url`` whose locks and waits end within a second."""
    return QueueSettings(
        redis_url=url,
        queue_name=f"test-{uuid.uuid4().hex}",
        lock_s=1.0,
        renew_s=0.2,
        stall_check_s=0.2,
        block_s=0.5,
    )


async def command(settings: QueueSettings, *words: str | int) -> Reply:
    """Send one command over a connection of its own, and return the reply."""
    link = RedisLink(settings, client_name="test")
    reply = await link.call(*words)
    await link.close()
    return reply


async def wait_until_blocked(link: RedisLink, command: str, *, within_s: float = 30) -> None:
    """Return when a client of the server is blocked in ``command``."""
    async with asyncio.timeout(within_s):
        while not any(
            f" cmd={command} " in client and " flags=b " in client
            for client in str(await link.call("CLIENT", "LIST")).split("\\n")
        ):
            continue


async def leased(queue: BullQueue, *, within_s: float = 20) -> LeasedJob:
    """Lease a job, however often the queue cannot be reached before the deadline."""
    deadline_s = time.monotonic() + within_s
    while time.monotonic() < deadline_s:
        try:
            job = await queue.lease()
        except QueueUnavailableError:
            continue
        if job is not None:
            return job
    pytest.fail("no job came in time")
