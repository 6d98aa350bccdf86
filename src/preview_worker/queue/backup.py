"""Writes a queue and its dead letters into a file.

Which jobs there are, in which state and order, is read in one transaction, so that every job is in
the file once. Their contents follow in small steps: a job that goes on meanwhile is written in the
state it had and with the contents it has; one that is removed meanwhile is left out. Ids and
scores are all that is held in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from preview_worker import __version__
from preview_worker.queue.archive import BackupSummary
from preview_worker.queue.backup_file import (
    BackupWriter,
    Record,
    to_json,
    writing,
)
from preview_worker.queue.bullmq import client_name
from preview_worker.queue.jobs import JobState
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.protocol import now_ms
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.transaction import Query, ask_together
from preview_worker.queue.wire import Reply

_PAGE = 50
"""Jobs that are read at a time; each may hold a payload of some megabytes."""
PAUSED = "paused"
"""The list to which BullMQ 5 moves waiting jobs of a paused queue."""
SETS = {
    JobState.PRIORITIZED: "prioritized",
    JobState.DELAYED: "delayed",
    JobState.COMPLETED: "completed",
    JobState.FAILED: "failed",
    JobState.WAITING_CHILDREN: "waiting_children",
}
"""The states that are sorted sets, and their keys."""


class Member(NamedTuple):
    """A job by its state; ``score`` orders those of sorted sets."""

    job_id: bytes
    state: str
    score: bytes | None = None


class QueueBackup:
    """Reads over one connection of its own."""

    def __init__(self, settings: QueueSettings) -> None:
        """Back up the queue of ``settings``; connects nowhere yet."""
        self._settings = settings
        self._link = RedisLink(settings, client_name=f"{client_name(settings)}:backup")
        names = (settings.queue_name, settings.dead_queue_name)
        self._queues = [QueueKeys(settings.prefix, name) for name in names]

    async def write(self, path: Path) -> BackupSummary:
        """Write the backup to ``path``, replacing what was there once the new one is whole."""
        header: Record = {
            "queue": self._settings.queue_name,
            "prefix": self._settings.prefix,
            "createdAt": now_ms(),
            "workerVersion": __version__,
        }
        with writing(path, header) as writer:
            queries = [query for keys in self._queues for query in _outline(keys)]
            replies = await ask_together(self._link, queries)
            half = len(replies) // 2
            for keys, part in zip(self._queues, (replies[:half], replies[half:]), strict=True):
                await self._write_queue(writer, keys, part)
            return writer.finish()

    async def close(self) -> None:
        """Close the connection. Safe to call twice."""
        await self._link.close()

    async def _write_queue(
        self, writer: BackupWriter, keys: QueueKeys, replies: Sequence[Reply]
    ) -> None:
        dead = keys is self._queues[1]
        queue = "dead" if dead else "main"
        *members, meta, priority_counter, id_counter, schedulers = replies
        counters = {"priority": _text(priority_counter), "id": _text(id_counter)}
        writer.add({"kind": "meta", "queue": queue, "meta": _pairs(meta), **counters}, "meta")
        for scheduler, score in _scored(schedulers):
            key = f"{keys.repeat}:".encode() + scheduler
            fields = await ask_together(self._link, [("HGETALL", key)])
            record: Record = {"kind": "scheduler", "queue": queue, "id": to_json(scheduler)}
            whole = {**record, "score": score.decode(), "fields": _pairs(fields[0])}
            writer.add(whole, "scheduler")
        line = list(_in_order(members))
        for begin in range(0, len(line), _PAGE):
            page = line[begin : begin + _PAGE]
            for member, content in zip(page, await self._contents(keys, page), strict=True):
                if content is not None:
                    job: Record = {"kind": "job", "queue": queue, "state": member.state}
                    writer.add({**job, **content}, "dead" if dead else member.state)

    async def _contents(self, keys: QueueKeys, page: Sequence[Member]) -> list[Record | None]:
        queries = [query for member in page for query in _job_queries(keys, member.job_id)]
        replies = await ask_together(self._link, queries)
        width = len(replies) // len(page)
        records = [
            _job_record(member, replies[place * width : (place + 1) * width])
            for place, member in enumerate(page)
        ]
        await self._add_deduplication(keys, records)
        return records

    async def _add_deduplication(self, keys: QueueKeys, records: list[Record | None]) -> None:
        """Note the key that keeps others of the same deduplication id away, and for how long."""
        marked = [(record, mark) for record in records if record and (mark := _mark(record))]
        queries: list[Query] = []
        for _, mark in marked:
            key = f"{keys.root}de:{mark}"
            queries += [("GET", key), ("PTTL", key)]
        replies = await ask_together(self._link, queries) if queries else []
        for place, (record, mark) in enumerate(marked):
            holder, left_ms = replies[2 * place : 2 * place + 2]
            if isinstance(holder, bytes) and to_json(holder) == record["id"]:
                record["deduplication"] = [mark, left_ms if isinstance(left_ms, int) else -1]


def _outline(keys: QueueKeys) -> list[Query]:
    """What is asked of a queue at one instant."""
    sets = [getattr(keys, name) for name in SETS.values()]
    return [
        *(("LRANGE", key, 0, -1) for key in (keys.active, keys.wait, keys.paused)),
        *(("ZRANGE", key, 0, -1, "WITHSCORES") for key in sets),
        ("HGETALL", keys.meta),
        ("GET", keys.priority_counter),
        ("GET", keys.id_counter),
        ("ZRANGE", keys.repeat, 0, -1, "WITHSCORES"),
    ]


def _in_order(replies: Sequence[Reply]) -> Iterator[Member]:
    """Yield all jobs, those first that are next in line; active ones had been taken before."""
    active, waiting, paused, *sets = replies
    ids = [_words(reply)[::-1] for reply in (active, waiting, paused)]
    line = PAUSED if ids[2] else JobState.ACTIVE.value
    for state, listed in zip((line, JobState.WAITING.value, PAUSED), ids, strict=True):
        # BullMQ 4 and 5 put markers, not ids, into lists: they begin with "0:".
        yield from (Member(job_id, state) for job_id in listed if not job_id.startswith(b"0:"))
    for state, reply in zip(SETS, sets, strict=True):
        for job_id, score in _scored(reply):
            yield Member(job_id, state.value, score)


def _job_queries(keys: QueueKeys, job_id: bytes) -> list[Query]:
    key = keys.root.encode() + job_id
    return [
        ("HGETALL", key),
        ("LRANGE", key + b":logs", 0, -1),
        ("SMEMBERS", key + b":dependencies"),
        ("HGETALL", key + b":processed"),
        ("HGETALL", key + b":failed"),
        ("ZRANGE", key + b":unsuccessful", 0, -1, "WITHSCORES"),
    ]


def _job_record(member: Member, replies: Sequence[Reply]) -> Record | None:
    """Return a job as it is written; None when it is gone or was no job."""
    fields, logs, waited_for, processed, failed, unsuccessful = replies
    if not _words(fields):
        return None
    record: Record = {"id": to_json(member.job_id), "fields": _pairs(fields)}
    if member.score is not None:
        record["score"] = member.score.decode()
    extras: dict[str, list[object]] = {
        "logs": [to_json(line) for line in _words(logs)],
        "dependencies": [to_json(child) for child in _words(waited_for)],
        "processed": _pairs(processed),
        "failed": _pairs(failed),
        "unsuccessful": _pairs(unsuccessful),
    }
    record.update({name: extra for name, extra in extras.items() if extra})
    return record


def _mark(record: Record) -> str | None:
    fields = record["fields"]
    if not isinstance(fields, list):
        return None
    return next((value for name, value in fields if name == "deid" and value), None)


def _words(reply: Reply) -> list[bytes]:
    return [word for word in reply if isinstance(word, bytes)] if isinstance(reply, list) else []


def _pairs(reply: Reply) -> list[object]:
    words = _words(reply)
    return [[to_json(a), to_json(b)] for a, b in zip(words[::2], words[1::2], strict=True)]


def _scored(reply: Reply) -> list[tuple[bytes, bytes]]:
    words = _words(reply)
    return list(zip(words[::2], words[1::2], strict=True))


def _text(reply: Reply) -> str | None:
    return reply.decode() if isinstance(reply, bytes) else None
