"""What the workers said, in the order in which we heard it: starts, ends, and jobs left behind."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a worker's log, with the instant at which it was heard."""

    worker: str
    at_s: float
    line: Line

    @property
    def event(self) -> str:
        """The kind of line."""
        return str(self.line.get("event"))

    @property
    def job_id(self) -> str:
        """The job that the line is about; empty when it is about none."""
        return str(self.line.get("job_id", ""))


@dataclass(frozen=True, slots=True)
class Left:
    """A job that a worker held when it was ended, and how long it took until somebody began it."""

    job_id: str
    worker: str
    at_s: float
    how: str
    others: frozenset[str]
    """Workers that lived then and were not ended since: those that can recover the job."""
    next_s: float | None = None
    next_worker: str | None = None


@dataclass(slots=True)
class Ledger:
    """Keeps what is needed of the workers' lines, and lets others wait for a line."""

    results: Counter[str] = field(default_factory=Counter)
    defects: list[str] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    spent: Counter[str] = field(default_factory=Counter)
    """The codes of attempts that failed, whether the job was tried again or not."""
    unwritten: set[str] = field(default_factory=set)
    """Jobs whose audit record was told on the standard error stream, because the disk refused."""
    _counted: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    _held: dict[str, set[str]] = field(default_factory=dict)
    _living: set[str] = field(default_factory=set)
    _open: dict[str, Left] = field(default_factory=dict)
    _waiting: list[tuple[Callable[[Told], bool], asyncio.Future[Told]]] = field(
        default_factory=list
    )

    def note(self, told: Told) -> None:
        """Take a line down."""
        match told.event:
            case "worker.started":
                self._living.add(told.worker)
            case "job.leased":
                self._note_lease(told)
            case "job.started" | "render.skipped" | "preview.published":
                self._counted[told.event][told.job_id] += 1
            case "job.settled":
                self._note_end(told)
            case "defect.found":
                self.defects.append(str(told.line.get("exception", ""))[-2000:])
            case "audit.unwritten":
                self.unwritten.add(str(told.line["record"].get("subject", {}).get("job", "")))
            case _:
                pass
        self._answer(told)

    def _answer(self, told: Told) -> None:
        for fits, future in list(self._waiting):
            if not future.done() and fits(told):
                future.set_result(told)

    @property
    def starts(self) -> Counter[str]:
        """How often each job was started."""
        return self._counted["job.started"]

    @property
    def skips(self) -> Counter[str]:
        """How often each job was found to be published already."""
        return self._counted["render.skipped"]

    @property
    def published(self) -> Counter[str]:
        """How often somebody told that a job's preview was published."""
        return self._counted["preview.published"]

    def held(self, worker: str) -> set[str]:
        """Return the jobs that a worker runs, as far as it said."""
        return set(self._held.get(worker, ()))

    def held_by(self, job_id: str) -> str | None:
        """Return the worker that runs a job, as far as it said."""
        return next((worker for worker, jobs in self._held.items() if job_id in jobs), None)

    def leave(self, worker: str, at_s: float, how: str) -> None:
        """Note that a worker was ended at ``at_s``; what it holds waits for another one."""
        self._living.discard(worker)
        for job_id, left in self._open.items():
            self._open[job_id] = replace(left, others=left.others - {worker})
        held = self._held.pop(worker, set())
        for job_id in held:
            self._open[job_id] = Left(job_id, worker, at_s, how, frozenset(self._living))

    def expect(self, event: str, **facts: object) -> asyncio.Future[Told]:
        """Return a future of the next line of ``event`` that has all ``facts``."""
        return self.hear(lambda told: told.event == event and facts.items() <= told.line.items())

    def hear(self, fits: Callable[[Told], bool]) -> asyncio.Future[Told]:
        """Return a future of the next line that ``fits``."""
        future: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        entry = (fits, future)
        self._waiting.append(entry)
        future.add_done_callback(lambda _: self._waiting.remove(entry))
        return future

    def recoveries(self, how: str) -> list[Left]:
        """Return the jobs that were left in this way and begun again."""
        return [left for left in self.left if left.how == how and left.next_s is not None]

    @property
    def repeated(self) -> int:
        """How many executions there were beyond the first of each job, skipped renders aside."""
        runs = self.starts - self.skips
        return sum(count - 1 for count in runs.values() if count > 1)

    def _note_lease(self, told: Told) -> None:
        self._held.setdefault(told.worker, set()).add(told.job_id)
        left = self._open.pop(told.job_id, None)
        if left is not None:
            next_s = round(told.at_s - left.at_s, 3)
            self.left.append(replace(left, next_s=next_s, next_worker=told.worker))

    def _note_end(self, told: Told) -> None:
        result = str(told.line.get("result"))
        self.results[result] += 1
        if result in {"retry", "failed"}:
            self.spent[str(told.line.get("code"))] += 1
        self._held.get(told.worker, set()).discard(told.job_id)
        if result == "handed_back":
            others = frozenset(self._living - {told.worker})
            left = Left(told.job_id, told.worker, told.at_s, "handed back", others)
            taker = self.held_by(told.job_id)
            if taker is None:
                self._open[told.job_id] = left
            else:  # it said so before who handed the job back had said anything
                self.left.append(replace(left, next_s=0.0, next_worker=taker))
