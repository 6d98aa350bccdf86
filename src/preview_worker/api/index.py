"""Every job of the queue at hand: listed, filtered and searched without asking Redis.

The index is read once from the queue's catalogue and then follows its events, so that a page costs
the queue nothing, however many people look at it. Jobs can go without an event (BullMQ drops the
oldest finished ones by itself), so now and then the index is compared with the queue's counts.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from preview_worker.api.summaries import JobSummary
from preview_worker.queue import JobState

Order = tuple[int, str]
Check = Callable[[JobSummary], bool]


@dataclass(frozen=True, slots=True)
class JobQuery:
    """Which jobs are meant; what is empty does not matter."""

    states: Collection[JobState] = ()
    text: str = ""
    """Part of the id, project, request id, title, code or reason, in any case."""
    project_id: str = ""
    request_id: str = ""
    code: str = ""
    """A whole code, or its beginning up to a dot and a star: ``invalid.*``."""
    since_ms: int | None = None
    until_ms: int | None = None
    projects: Collection[str] = ()
    """The only projects that the one who asks may see; empty for all."""

    def matches(self, job: JobSummary) -> bool:
        """Tell whether ``job`` is meant."""
        return all(check(job) for check in self.checks(lambda job: job.words))

    def checks(self, words_of: Callable[[JobSummary], str]) -> list[Check]:
        """Return what a job has to pass to be meant; nothing where every job is."""
        folded, since_ms, until_ms = self.text.casefold(), self.since_ms or 0, self.until_ms or 0
        checks: list[tuple[object, Check]] = [
            (self.states, lambda job: job.state in self.states),
            (self.projects, lambda job: job.project_id in self.projects),
            (self.project_id, lambda job: job.project_id == self.project_id),
            (self.request_id, lambda job: job.request_id == self.request_id),
            (self.code, lambda job: _is_code(job.code, self.code)),
            (self.since_ms is not None, lambda job: job.added_at_ms >= since_ms),
            (self.until_ms is not None, lambda job: job.added_at_ms < until_ms),
            (self.text, lambda job: folded in words_of(job)),
        ]
        return [check for wanted, check in checks if wanted]


@dataclass(frozen=True, slots=True)
class JobPage:
    """Some of the jobs that were asked for, the newest first."""

    jobs: tuple[JobSummary, ...]
    after: Order | None
    """Where the next page begins; None when there is none."""
    total: int
    """How many there are on all pages."""


class JobIndex:
    """The jobs that are known, in the order in which they were added."""

    def __init__(self) -> None:
        """Begin empty."""
        self._jobs: dict[str, JobSummary] = {}
        self._orders: list[Order] = []
        self._counts: Counter[JobState] = Counter()
        self._words: dict[str, str] = {}
        """The words of jobs that were looked through, until they change."""

    def __len__(self) -> int:
        """Count the jobs."""
        return len(self._jobs)

    def __contains__(self, job_id: str) -> bool:
        """Tell whether a job is known."""
        return job_id in self._jobs

    def __iter__(self) -> Iterator[str]:
        """Yield the ids of all jobs."""
        return iter(self._jobs)

    def jobs(self) -> Collection[JobSummary]:
        """Return the lines of all jobs, in no order."""
        return self._jobs.values()

    def get(self, job_id: str) -> JobSummary | None:
        """Return a job's line; None when it is not known."""
        return self._jobs.get(job_id)

    def put(self, job: JobSummary) -> None:
        """Take in a job, in place of what was known of it."""
        known = self._jobs.get(job.id)
        if known is not None and known.order != job.order:
            self.remove(job.id)
            known = None
        if known is None:
            insort(self._orders, job.order)
        else:
            self._counts[known.state] -= 1
        self._jobs[job.id] = job
        self._words.pop(job.id, None)
        self._counts[job.state] += 1

    def remove(self, job_id: str) -> JobSummary | None:
        """Forget a job; return what was known of it."""
        job = self._jobs.pop(job_id, None)
        if job is not None:
            del self._orders[bisect_left(self._orders, job.order)]
            self._words.pop(job_id, None)
            self._counts[job.state] -= 1
        return job

    def counts(self) -> Mapping[JobState, int]:
        """Count the jobs by state."""
        return self._counts

    def ends_ms(self) -> list[int]:
        """Return when the jobs that have ended did."""
        return [job.finished_on_ms for job in self._jobs.values() if job.finished_on_ms]

    def page(self, query: JobQuery, *, after: Order | None = None, limit: int = 50) -> JobPage:
        """Return the newest ``limit`` jobs that are meant and older than ``after``."""
        checks = query.checks(self._words_of)
        if not checks:
            return self._newest(after, limit)
        chosen: list[JobSummary] = []
        total, more = 0, False
        for job in self._newest_first():
            if not all(check(job) for check in checks):
                continue
            total += 1
            if after is not None and job.order >= after:
                continue
            if len(chosen) == limit:
                more = True
                continue
            chosen.append(job)
        last = chosen[-1].order if more and chosen else None
        return JobPage(tuple(chosen), last, total)

    def _newest(self, after: Order | None, limit: int) -> JobPage:
        """Return a page of all jobs without looking at those of other pages."""
        end = len(self._orders) if after is None else bisect_left(self._orders, after)
        begin = max(end - limit, 0)
        shown = self._orders[begin:end]
        jobs = tuple(self._jobs[job_id] for _, job_id in reversed(shown))
        return JobPage(jobs, shown[0] if begin and shown else None, len(self._jobs))

    def _words_of(self, job: JobSummary) -> str:
        words = self._words.get(job.id)
        if words is None:
            words = self._words[job.id] = job.words
        return words

    def _newest_first(self) -> Iterator[JobSummary]:
        for _, job_id in reversed(self._orders):
            yield self._jobs[job_id]


def _is_code(code: str | None, wanted: str) -> bool:
    if code is None:
        return False
    stem = wanted.removesuffix("*")
    return code.startswith(stem) if stem != wanted else code == wanted
