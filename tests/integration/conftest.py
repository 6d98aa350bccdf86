"""The Redis server of this run, and what works on its queues, for the tests in this folder."""

from __future__ import annotations

from tests.api_server import unforgiving
from tests.redis_server import mortal_server, queue_settings, redis_server
from tests.webhook_bench import bench

__all__ = ["bench", "mortal_server", "queue_settings", "redis_server", "unforgiving"]
