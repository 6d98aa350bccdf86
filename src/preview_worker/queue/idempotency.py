"""Remembers which request an idempotency key was first used for."""

from __future__ import annotations

import hashlib

from preview_worker.queue.bullmq import client_name
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.settings import QueueSettings

KEPT_S = 86_400
"""A day: whoever repeats a request later than that means a new one."""


class IdempotencyKeys:
    """The keys of all who submit to a queue, on one connection."""

    def __init__(self, settings: QueueSettings) -> None:
        """Remember keys beside the queue of ``settings``; connects nowhere yet."""
        self._keys = QueueKeys(settings.prefix, settings.queue_name)
        self._link = RedisLink(settings, client_name=f"{client_name(settings)}:idempotency")

    async def claim(self, key: str, digest: str) -> bool:
        """Tie ``key`` to ``digest`` unless it is tied already; False when that is to another one.

        Raises ``QueueUnavailableError``.
        """
        place = self._keys.idempotency(hashlib.sha256(key.encode()).hexdigest())
        if await self._link.call("SET", place, digest, "NX", "EX", KEPT_S) is not None:
            return True
        known = await self._link.call("GET", place)
        return known is None or known == digest.encode()

    async def close(self) -> None:
        """Close the connection. Safe to call twice."""
        await self._link.close()
