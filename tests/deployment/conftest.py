"""The Redis server of this run, for the tests in this folder."""

from __future__ import annotations

from tests.redis_server import queue_settings, redis_server

__all__ = ["queue_settings", "redis_server"]
