"""Checkpoints of audit logs, kept beside the queue, out of reach of those who can write the logs.

What a checkpoint says is no concern of this room. They lie in one hash, by the chain that each of
them seals; the number in front of one is how far that chain had reached.
"""

from __future__ import annotations

from collections.abc import Awaitable

from preview_worker.queue.bullmq import client_name
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.port import QueueUnavailableError
from preview_worker.queue.scripts import OwnScript, ScriptRunner
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.wire import RedisError, Reply

_PUT = OwnScript(
    b"""
local kept = redis.call('HGET', KEYS[1], ARGV[1])
local reach = kept and (tonumber(string.match(kept, '^(%d+) ')) or 0) or -1
if reach < tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[3])
end
""",
    key_count=1,
)
"""Keeps a checkpoint that reaches further than the one that is kept.

In one step: all processes that share a log seal its one chain, and none may undo what another has
put there meanwhile. Key: the hash. Arguments: the chain, how far it reached, the checkpoint.
"""


class CheckpointAnchors:
    """Puts checkpoints into Redis and finds them again, over one connection of its own."""

    def __init__(self, settings: QueueSettings) -> None:
        """Keep them in the namespace of the queue; connects nowhere yet."""
        self._key = QueueKeys(settings.prefix, settings.queue_name).audit_checkpoints
        self._link = RedisLink(settings, client_name=f"{client_name(settings)}:audit")
        self._scripts = ScriptRunner(self._link)

    async def put(self, chain: str, seq: int, checkpoint: bytes) -> None:
        """Keep a checkpoint, unless there is one that reaches further.

        Raises ``QueueUnavailableError``.
        """
        await _served(self._scripts.run(_PUT, (self._key,), (chain, seq, checkpoint)))

    async def find(self, chain: str) -> bytes | None:
        """Return the checkpoint of a chain, None if there is none.

        Raises ``QueueUnavailableError``.
        """
        kept = await _served(self._link.call("HGET", self._key, chain))
        return kept.partition(b" ")[2] if isinstance(kept, bytes) else None

    async def close(self) -> None:
        """Close the connection. Safe to call twice."""
        await self._link.close()


async def _served(answer: Awaitable[Reply]) -> Reply:
    try:
        return await answer
    except RedisError as error:
        message = f"Redis keeps no checkpoints for us: {error}"
        raise QueueUnavailableError(message) from error
