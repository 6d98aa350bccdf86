"""A Redis server that the tests start themselves, and settings with times fit for tests."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from preview_worker.queue import QueueSettings
from preview_worker.queue.embedded import EmbeddedRedis


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """One server for all tests of a run; each test uses a queue of its own."""
    server = EmbeddedRedis(tmp_path_factory.mktemp("redis"), durable=False)
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
        fence_margin_s=0.2,
        stall_check_s=0.2,
        block_s=0.5,
    )
