"""The circuit breaker: a worker whose renders crash one after the other stops and takes thought.

One job that crashes is the job's misfortune. When several different ones do, with none between them
that did not, something is wrong with this worker: a broken library, bad memory, a folder that is
gone. It would fail every job that it gets, so it takes none for a while, and then a single one as
a trial.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from preview_worker.events import ChildExited, Event, JobLeased, JobSettled

_CRASHES = frozenset({"SEGV", "ABRT", "BUS", "ILL", "FPE", "SYS"})


class Breaker:
    """Watches how renders end, and refuses jobs after too many crashes."""

    def __init__(
        self,
        jobs: int = 5,
        pause_s: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Refuse for ``pause_s`` after crashes of ``jobs`` different jobs; ``clock`` is in s."""
        self._jobs = jobs
        self._pause_s = pause_s
        self._clock = clock
        self._crashed: set[str] = set()
        self._closed_until_s: float | None = None
        self._trial: str | None = None

    def observe(self, event: Event) -> None:
        """Take note of how a render process ended, and of the job that is the trial."""
        match event:
            case ChildExited(job_id=job_id, status=status) if _is_crash(status):
                self._crashed.add(job_id)
                if self._closed_until_s is not None or len(self._crashed) >= self._jobs:
                    self._closed_until_s = self._clock() + self._pause_s
                    self._trial = None
            case ChildExited(status="ok" | "error"):
                self._crashed.clear()
                self._closed_until_s = self._trial = None
            case JobLeased(job_id=job_id) if self._closed_until_s is not None:
                self._trial = self._trial or job_id
            case JobSettled(job_id=job_id) if job_id == self._trial:
                self._trial = None  # it proved nothing, so the next one is the trial
            case _:
                pass

    async def refusal(self) -> str | None:
        """Say why no job is taken; None when one may be tried."""
        if self._closed_until_s is None:
            return None
        if self._trial is not None:
            return "after many crashes, one job is tried"
        if self._clock() >= self._closed_until_s:
            return None
        return f"the renders of {len(self._crashed)} jobs crashed one after the other"


def _is_crash(status: str) -> bool:
    kind, _, detail = status.partition(":")
    return kind == "exit" or (kind == "signal" and detail.removeprefix("SIG") in _CRASHES)
