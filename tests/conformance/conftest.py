"""The queues under test and the Redis server of this run, for the tests in this folder."""

from __future__ import annotations

from tests.ceph import object_storage
from tests.conformance.yard import yard
from tests.redis_server import queue_settings, redis_server

__all__ = ["object_storage", "queue_settings", "redis_server", "yard"]
