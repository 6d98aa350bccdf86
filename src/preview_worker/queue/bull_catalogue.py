"""Lists the jobs of a queue in Redis, and reads their hashes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from preview_worker.queue.bullmq import client_name
from preview_worker.queue.catalogue import JobRecord
from preview_worker.queue.codec import Fields, UnfitJobError, decode_options
from preview_worker.queue.jobs import JobState
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.options import OptionError, max_attempts
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.status import status_of, whole_number
from preview_worker.queue.wire import Argument, RedisError, Reply

_PAGE = 20
"""Jobs that are read at a time; each may hold a payload of some megabytes."""
_SPAN = 10_000
"""Ids that are listed at a time, since Redis serves nobody else meanwhile."""


class BullCatalogue:
    """``JobCatalogue`` over one connection of its own."""

    def __init__(self, settings: QueueSettings) -> None:
        """Look at the queue of ``settings``; connects nowhere yet."""
        self._keys = QueueKeys(settings.prefix, settings.queue_name)
        self._link = RedisLink(settings, client_name=f"{client_name(settings)}:catalogue")

    async def states(self) -> Mapping[str, JobState]:
        """Return the state of every job by its id.

        The sets are read one after the other in the order in which jobs move through them, so that
        one that moves meanwhile is seen at least once, and where it was seen last.
        """
        keys = self._keys
        found: dict[str, JobState] = {}
        for command, key, state in (
            ("ZRANGE", keys.delayed, JobState.DELAYED),
            ("ZRANGE", keys.waiting_children, JobState.WAITING_CHILDREN),
            ("LRANGE", keys.wait, JobState.WAITING),
            ("LRANGE", keys.paused, JobState.WAITING),
            ("ZRANGE", keys.prioritized, JobState.PRIORITIZED),
            ("LRANGE", keys.active, JobState.ACTIVE),
            ("ZRANGE", keys.completed, JobState.COMPLETED),
            ("ZRANGE", keys.failed, JobState.FAILED),
        ):
            for job_id in await self._listed(command, key):
                found.pop(job_id, None)
                found[job_id] = state
        return found

    async def find(self, job_ids: Sequence[str]) -> Mapping[str, JobRecord]:
        """Return what is known of these jobs; those that are gone are absent."""
        found: dict[str, JobRecord] = {}
        present = await self._present(job_ids)
        for first in range(0, len(present), _PAGE):
            page = present[first : first + _PAGE]
            places = [place for job_id in page for place in self._places(job_id)]
            answers = await self._link.call_together([("MULTI",), *places, ("EXEC",)])
            replies = answers[-1] if isinstance(answers[-1], list) else []
            step = len(places) // len(page)
            for number, job_id in enumerate(page):
                record = _record(job_id, replies[number * step : (number + 1) * step])
                if record is not None:
                    found[job_id] = record
        return found

    async def logs(self, job_id: str) -> tuple[str, ...]:
        """Return the lines of a job's log, the oldest first."""
        reply = await self._link.call("LRANGE", self._keys.logs(job_id), 0, -1)
        lines = reply if isinstance(reply, list) else []
        return tuple(line.decode(errors="replace") for line in lines if isinstance(line, bytes))

    async def close(self) -> None:
        """Close the connection. Safe to call twice."""
        await self._link.close()

    async def _listed(self, command: str, key: str) -> list[str]:
        ids: list[str] = []
        while True:
            reply = await self._link.call(command, key, len(ids), len(ids) + _SPAN - 1)
            page = [item for item in (reply if isinstance(reply, list) else []) if item]
            ids += [item.decode(errors="replace") for item in page if isinstance(item, bytes)]
            if len(page) < _SPAN:
                # Old BullMQ versions keep a marker among the waiting jobs.
                return [job_id for job_id in ids if not job_id.startswith("0:")]

    async def _present(self, job_ids: Sequence[str]) -> list[str]:
        """Return those that have a hash: for others, Redis would go through whole lists."""
        present: list[str] = []
        for first in range(0, len(job_ids), _SPAN):
            span = job_ids[first : first + _SPAN]
            commands = [("EXISTS", self._keys.job(job_id)) for job_id in span]
            replies = await self._link.call_together(commands)
            present += [job_id for job_id, reply in zip(span, replies, strict=True) if reply]
        return present

    def _places(self, job_id: str) -> list[tuple[Argument, ...]]:
        """Return commands whose replies tell everything of a job: its hash, then each set."""
        keys = self._keys
        return [
            ("HGETALL", keys.job(job_id)),
            ("ZSCORE", keys.completed, job_id),
            ("ZSCORE", keys.failed, job_id),
            ("ZSCORE", keys.delayed, job_id),
            ("ZSCORE", keys.prioritized, job_id),
            ("ZSCORE", keys.waiting_children, job_id),
            ("LPOS", keys.active, job_id),
            ("LPOS", keys.wait, job_id),
            ("LPOS", keys.paused, job_id),
        ]


_STATES = (
    JobState.COMPLETED,
    JobState.FAILED,
    JobState.DELAYED,
    JobState.PRIORITIZED,
    JobState.WAITING_CHILDREN,
    JobState.ACTIVE,
    JobState.WAITING,
    JobState.WAITING,
)


def _record(job_id: str, replies: Sequence[Reply]) -> JobRecord | None:
    """Make a record of a job's hash and its places; None when there is no such job."""
    fields = _fields(replies[0] if replies else None)
    if b"name" not in fields:
        return None
    state = JobState.UNKNOWN
    for candidate, place in zip(_STATES, replies[1:], strict=True):
        if place is not None and not isinstance(place, RedisError):
            state = candidate
            break
    options = _options(fields)
    return JobRecord(
        status=status_of(job_id, state, fields),
        payload=fields.get(b"data", b""),
        priority=whole_number(fields.get(b"priority")) or 0,
        delay_ms=whole_number(fields.get(b"delay")) or 0,
        attempts_started=whole_number(fields.get(b"ats")) or 0,
        stalled_count=whole_number(fields.get(b"stc")) or 0,
        max_attempts=_attempts(options),
        worker=_worker(fields),
        trace=_trace(fields),
        options=options,
    )


def _fields(reply: Reply) -> Fields:
    if not isinstance(reply, list):
        return {}
    flat = [part for part in reply if isinstance(part, bytes)]
    return dict(zip(flat[::2], flat[1::2], strict=False))


def _options(fields: Fields) -> Mapping[str, object]:
    try:
        return decode_options(fields.get(b"opts", b"{}"))
    except UnfitJobError:
        return {}


def _attempts(options: Mapping[str, object]) -> int:
    try:
        return max_attempts(options)
    except OptionError:
        return 1


def _worker(fields: Fields) -> str | None:
    name = fields.get(b"pb")
    return None if name is None else name.decode(errors="replace")


def _trace(fields: Fields) -> tuple[str, ...]:
    try:
        lines = json.loads(fields.get(b"stacktrace", b"[]"))
    except (ValueError, RecursionError):
        return ()
    return tuple(str(line) for line in lines) if isinstance(lines, list) else ()
