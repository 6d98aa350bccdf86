"""The dead letters of a queue in Redis, in the BullMQ queue ``<name>-dead`` beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from preview_worker.queue.bullmq import client_name
from preview_worker.queue.codec import Fields
from preview_worker.queue.dead import DeadLetter, Replay
from preview_worker.queue.dead_letter import decode_letter
from preview_worker.queue.dead_scripts import REPLAY
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.protocol import now_ms
from preview_worker.queue.scripts import ScriptRunner
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.wire import Reply

_PAGE = 20
"""Letters that are read at a time; each may hold a payload of some megabytes."""


class BullDeadLetters:
    """``DeadLetters`` over one connection of its own."""

    def __init__(self, settings: QueueSettings) -> None:
        """Look at the dead queue of ``settings``; connects nowhere yet."""
        self._keys = QueueKeys(settings.prefix, settings.queue_name)
        self._dead = QueueKeys(settings.prefix, settings.dead_queue_name)
        self._link = RedisLink(settings, client_name=f"{client_name(settings)}:dead")
        self._scripts = ScriptRunner(self._link)

    async def letters(self) -> AsyncIterator[DeadLetter]:
        """Yield the letters that are there now, the oldest first."""
        found = await self._link.call("LRANGE", self._dead.wait, 0, -1)
        ids = [job_id for job_id in _listed(found) if isinstance(job_id, bytes)][::-1]
        for begin in range(0, len(ids), _PAGE):
            page = ids[begin : begin + _PAGE]
            hashes = await self._link.call_together(
                [("HGETALL", self._dead.job(job_id)) for job_id in page]
            )
            for job_id, raw in zip(page, hashes, strict=True):
                letter = decode_letter(job_id, _fields(raw))
                if letter is not None:
                    yield letter

    async def find(self, job_id: str) -> DeadLetter | None:
        """Return the letter of a job; None when there is none."""
        raw_id = _raw(job_id)
        return decode_letter(
            raw_id, _fields(await self._link.call("HGETALL", self._dead.job(raw_id)))
        )

    async def replay(self, job_id: str) -> Replay:
        """Put a dead job back into its queue; doing it twice runs it once."""
        raw_id, keys, dead = _raw(job_id), self._keys, self._dead
        script_keys = (
            dead.job(raw_id),
            dead.wait,
            keys.job(raw_id),
            keys.failed,
            keys.completed,
        )
        args = (raw_id, keys.root, now_ms(), dead.root)
        answer = await self._scripts.run(REPLAY, script_keys, args)
        return Replay(answer.decode() if isinstance(answer, bytes) else Replay.ABSENT)

    async def drop(self, job_id: str) -> bool:
        """Forget a letter; False when there was none."""
        raw_id = _raw(job_id)
        replies = await self._link.call_together(
            [
                ("MULTI",),
                ("LREM", self._dead.wait, 0, raw_id),
                ("DEL", self._dead.job(raw_id)),
                ("EXEC",),
            ]
        )
        return _listed(replies[-1])[-1:] == [1]

    async def close(self) -> None:
        """Close the connection. Safe to call twice."""
        await self._link.close()


def _raw(job_id: str) -> bytes:
    return job_id.encode(errors="surrogateescape")


def _listed(reply: Reply) -> list[Reply]:
    return reply if isinstance(reply, list) else []


def _fields(reply: Reply) -> Fields:
    words = [word for word in _listed(reply) if isinstance(word, bytes)]
    return dict(zip(words[::2], words[1::2], strict=True))
