"""Node clients of both versions, and the Redis server of this run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from preview_worker.queue import QueueSettings
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.embedded import EmbeddedRedis
from preview_worker.queue.producer import BullProducer
from tests.interop.node import VERSIONS, NodeClient, NodeProcess, install_packages
from tests.redis_server import queue_settings, redis_server

__all__ = ["queue_settings", "redis_server"]


@pytest.fixture(scope="session")
def npm_packages() -> None:
    """The npm packages, installed on first use."""
    install_packages()


@pytest.fixture(scope="session", params=VERSIONS)
def node_process(
    request: pytest.FixtureRequest, npm_packages: None, redis_server: EmbeddedRedis
) -> Iterator[NodeProcess]:
    """A Node process for each version in turn."""
    del npm_packages
    version: str = request.param
    process = NodeProcess(version, redis_server.url)
    yield process
    process.stop()


@pytest.fixture
def node(node_process: NodeProcess, queue_settings: QueueSettings) -> NodeClient:
    """A Node client of the test's own queue."""
    return NodeClient(node_process, queue_settings.queue_name)


@pytest.fixture
async def queue(queue_settings: QueueSettings) -> AsyncIterator[BullQueue]:
    """Our side of the queue."""
    queue = BullQueue(queue_settings)
    await queue.open()
    yield queue
    await queue.close()


@pytest.fixture
async def producer(queue_settings: QueueSettings) -> AsyncIterator[BullProducer]:
    """Our producer."""
    producer = BullProducer(queue_settings)
    yield producer
    await producer.close()
