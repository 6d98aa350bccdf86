"""Checkpoints of audit logs, kept beside the queue, out of reach of those who can write the logs.

What a checkpoint says is no concern of this room. They lie in one hash, by the chain that each of
them seals; the number in front of one is how far that chain had reached.
"""

from __future__ import annotations

from preview_worker.queue.bullmq import client_name
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.port import QueueUnavailableError
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.wire import RedisError


class CheckpointAnchors:
    """Puts checkpoints into Redis and finds them again, over one connection of its own."""

    def __init__(self, settings: QueueSettings) -> None:
        """Keep them in the namespace of the queue; connects nowhere yet."""
        self._key = QueueKeys(settings.prefix, settings.queue_name).audit_checkpoints
        self._link = RedisLink(settings, client_name=f"{client_name(settings)}:audit")

    async def put(self, chain: str, seq: int, checkpoint: bytes) -> None:
        """Keep a checkpoint, unless there is one that reaches further.

        Raises ``QueueUnavailableError``.
        """
        kept = await self._kept(chain)
        if kept is None or kept[0] < seq:
            value = b"%d %b" % (seq, checkpoint)
            await self._call("HSET", self._key, chain, value)

    async def find(self, chain: str) -> bytes | None:
        """Return the checkpoint of a chain, None if there is none.

        Raises ``QueueUnavailableError``.
        """
        kept = await self._kept(chain)
        return None if kept is None else kept[1]

    async def close(self) -> None:
        """Close the connection. Safe to call twice."""
        await self._link.close()

    async def _kept(self, chain: str) -> tuple[int, bytes] | None:
        reply = await self._call("HGET", self._key, chain)
        if not isinstance(reply, bytes):
            return None
        number, _, checkpoint = reply.partition(b" ")
        return (int(number) if number.isdigit() else 0), checkpoint

    async def _call(self, *command: str | bytes) -> object:
        try:
            return await self._link.call(*command)
        except RedisError as error:
            message = f"Redis keeps no checkpoints for us: {error}"
            raise QueueUnavailableError(message) from error
