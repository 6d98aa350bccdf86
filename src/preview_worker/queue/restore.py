"""Puts a backup back into Redis, in steps of which each is done whole or not at all.

With every step the server takes note of how far it got. A restore that was ended half way is
taken up there by the next one of the same file: no job is put in twice, none is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from preview_worker.queue.archive import BackupSummary, QueueNotEmptyError, Restoration
from preview_worker.queue.backup import PAUSED, SETS
from preview_worker.queue.backup_file import (
    NumberedRecord,
    Record,
    from_json,
    records,
    verify,
)
from preview_worker.queue.bullmq import client_name
from preview_worker.queue.jobs import JobState
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.port import QueueUnavailableError
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.transaction import Query, ask_together
from preview_worker.queue.wire import RedisError, Reply

_STEP_RECORDS = 200
_STEP_CHARS = 4_000_000


@dataclass(slots=True)
class _Progress:
    """How far the server noted that it got."""

    done: int = 0
    """The number of the last record that is settled; 0 is the header."""
    restored: int = 0
    skipped: int = 0


class QueueRestore:
    """Writes over one connection of its own."""

    def __init__(self, settings: QueueSettings) -> None:
        """Restore the queue of ``settings``; connects nowhere yet."""
        self._link = RedisLink(settings, client_name=f"{client_name(settings)}:restore")
        self._main = QueueKeys(settings.prefix, settings.queue_name)
        self._dead = QueueKeys(settings.prefix, settings.dead_queue_name)
        self._notes = f"{self._main.root}restore:progress"

    async def read(self, path: Path, *, merge: bool = False) -> Restoration:
        """Put the backup at ``path`` into the queue.

        Nothing is written before the whole file was verified. Raises ``BackupFileError`` for a
        file that is not whole, and ``QueueNotEmptyError`` when there are jobs and ``merge`` is
        false; with it, pause and limits stay as they are. A job whose id is there is skipped.
        """
        backup = verify(path)
        progress = await self._find_progress(backup)
        resumed = progress is not None
        if progress is None:
            await self._require_empty(merge=merge)
            progress = _Progress()
        for step in _steps(records(path), progress.done):
            await self._carry_out(step, backup, progress, merge=merge)
        await ask_together(
            self._link, [("ZADD", self._main.marker, "0", "0"), ("DEL", self._notes)]
        )
        return Restoration(backup, progress.restored, progress.skipped, resumed)

    async def close(self) -> None:
        """Close the connection. Safe to call twice."""
        await self._link.close()

    async def _find_progress(self, backup: BackupSummary) -> _Progress | None:
        """Return how far an unfinished restore of this file got; None when there is none."""
        reply = await self._link.call("HMGET", self._notes, "sha256", "done", "restored", "skipped")
        sha256, *numbers = reply if isinstance(reply, list) else [None]
        if sha256 != backup.sha256.encode():
            return None
        return _Progress(*(_whole(number) for number in numbers))

    async def _require_empty(self, *, merge: bool) -> None:
        if merge:
            return
        queries: list[Query] = []
        for keys in (self._main, self._dead):
            lists, sets = (
                (keys.wait, keys.active, keys.paused),
                (getattr(keys, name) for name in SETS.values()),
            )
            queries += [("LLEN", key) for key in lists]
            queries += [("ZCARD", key) for key in (*sets, keys.repeat)]
        found = sum(map(_whole, await ask_together(self._link, queries)))
        if found:
            message = f"The queue holds {found} jobs; restore into an empty one, or use --merge"
            raise QueueNotEmptyError(message)

    async def _carry_out(
        self,
        step: Sequence[NumberedRecord],
        backup: BackupSummary,
        progress: _Progress,
        *,
        merge: bool,
    ) -> None:
        """Put the records of a step in and take note of it, in one transaction."""
        there = await self._there(step)
        queries: list[Query] = []
        for number, record in step:
            if number in there:
                progress.skipped += 1
            elif record["kind"] == "meta":
                queries += await self._meta(record, merge=merge)
            else:
                progress.restored += 1
                queries += self._entry(record)
        progress.done = step[-1].number
        noted = ("done", progress.done, "restored", progress.restored)
        note = ("HSET", self._notes, "sha256", backup.sha256, *noted, "skipped", progress.skipped)
        for reply in await ask_together(self._link, [*queries, note]):
            if isinstance(reply, RedisError):
                message = f"Redis refused a part of the backup: {reply}"
                raise QueueUnavailableError(message) from reply

    async def _there(self, step: Sequence[NumberedRecord]) -> set[int]:
        """Return the numbers of the records whose job or scheduler exists."""
        entries = [(number, record) for number, record in step if record["kind"] != "meta"]
        queries: list[Query] = [("EXISTS", self._key(record)) for _, record in entries]
        replies = await ask_together(self._link, queries) if queries else []
        pairs = zip(entries, replies, strict=True)
        return {number for (number, _), reply in pairs if reply == 1}

    async def _meta(self, record: Record, *, merge: bool) -> list[Query]:
        """Return how to restore pause, limits and counters; counters never go back."""
        keys = self._keys(record)
        queries: list[Query] = []
        for key, name in ((keys.priority_counter, "priority"), (keys.id_counter, "id")):
            saved = record.get(name)
            if isinstance(saved, str) and _whole(await self._link.call("GET", key)) < int(saved):
                queries.append(("SET", key, saved))
        if not merge:
            queries += _hash(keys.meta, record.get("meta"))
        return queries

    def _entry(self, record: Record) -> list[Query]:
        """Return how to restore a job or a scheduler."""
        keys, key, own_id = self._keys(record), self._key(record), from_json(record["id"])
        queries = _hash(key, record["fields"])
        if record["kind"] == "scheduler":
            return [*queries, ("ZADD", keys.repeat, str(record["score"]), own_id)]
        for name in ("processed", "failed"):
            queries += _hash(key + f":{name}".encode(), record.get(name))
        for child, score in _pairs(record.get("unsuccessful")):
            queries.append(("ZADD", key + b":unsuccessful", score, child))
        for command, name in (("RPUSH", "logs"), ("SADD", "dependencies")):
            words = [from_json(word) for word in _listed(record.get(name))]
            if words:
                queries.append((command, key + f":{name}".encode(), *words))
        mark = _listed(record.get("deduplication"))
        if mark:
            left_ms = int(str(mark[1]))
            expiry: Query = ("PX", left_ms) if left_ms > 0 else ()
            queries.append(("SET", f"{keys.root}de:{mark[0]}", own_id, *expiry, "NX"))
        return [*queries, _placing(keys, record, own_id)]

    def _keys(self, record: Record) -> QueueKeys:
        return self._dead if record["queue"] == "dead" else self._main

    def _key(self, record: Record) -> bytes:
        keys, own_id = self._keys(record), from_json(record["id"])
        if record["kind"] == "scheduler":
            return f"{keys.repeat}:".encode() + own_id
        return keys.root.encode() + own_id


def _placing(keys: QueueKeys, record: Record, job_id: bytes) -> Query:
    """Return how the job takes its place; the file has those first that are next in line."""
    state = record["state"]
    if state == PAUSED:
        return ("LPUSH", keys.paused, job_id)
    if state in {JobState.WAITING, JobState.ACTIVE}:
        return ("LPUSH", keys.wait, job_id)
    return ("ZADD", getattr(keys, SETS[JobState(str(state))]), str(record["score"]), job_id)


def _steps(found: Iterator[NumberedRecord], done: int) -> Iterator[list[NumberedRecord]]:
    """Group the records after number ``done`` into steps of bounded size."""
    step: list[NumberedRecord] = []
    weight = 0
    for numbered in found:
        if numbered.number <= done:
            continue
        step.append(numbered)
        weight += len(str(numbered.record.get("fields")))
        if len(step) == _STEP_RECORDS or weight > _STEP_CHARS:
            yield step
            step, weight = [], 0
    if step:
        yield step


def _hash(key: str | bytes, pairs: object) -> list[Query]:
    words = [word for pair in _pairs(pairs) for word in pair]
    return [("HSET", key, *words)] if words else []


def _pairs(value: object) -> list[tuple[bytes, bytes]]:
    pairs = cast("list[list[object]]", _listed(value))
    return [(from_json(a), from_json(b)) for a, b in pairs]


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _whole(reply: Reply) -> int:
    return int(reply) if isinstance(reply, (int, bytes)) else 0
