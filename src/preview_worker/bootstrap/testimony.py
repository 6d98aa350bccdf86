"""Controls that tell an observer of everything that is done with them, refusals included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from preview_worker.events import CancelRequested, Observer, QueueSteered, Steering, SteeringResult
from preview_worker.queue import (
    DEFAULT_CANCEL_REASON,
    CancelAnswer,
    CleanableState,
    ControlRefusedError,
    QueueControls,
    QueueCounts,
    QueueLimits,
    RateLimit,
)


@dataclass(slots=True)
class _Testimony:
    """What there will be to tell of a deed."""

    job_ids: tuple[str, ...] = ()
    count: int | None = None
    result: SteeringResult = "unknown"


class ToldControls:
    """``QueueControls`` that pass everything on."""

    def __init__(self, controls: QueueControls, queue: str, observer: Observer) -> None:
        """Tell ``observer`` of what is done to ``queue`` by ``controls``."""
        self._controls = controls
        self._queue = queue
        self._observer = observer

    async def counts(self) -> QueueCounts:
        """Count the jobs by state."""
        return await self._controls.counts()

    async def limits(self) -> QueueLimits:
        """Tell which limits hold."""
        return await self._controls.limits()

    async def close(self) -> None:
        """Close the connections."""
        await self._controls.close()

    async def pause(self) -> None:
        """Have no worker take a job any more."""
        with self._telling("pause"):
            await self._controls.pause()

    async def resume(self) -> None:
        """Undo ``pause``."""
        with self._telling("resume"):
            await self._controls.resume()

    async def drain(self, *, delayed: bool = False) -> int:
        """Remove the jobs that wait."""
        with self._telling("drain", detail="delayed jobs too" if delayed else "") as testimony:
            testimony.count = await self._controls.drain(delayed=delayed)
        return testimony.count

    async def clean(
        self, state: CleanableState, *, older_than_ms: int = 0, limit: int = 0
    ) -> tuple[str, ...]:
        """Remove jobs of a state that are older than that."""
        detail = f"{state}, older than {older_than_ms} ms"
        with self._telling("clean", detail=detail) as testimony:
            testimony.job_ids = await self._controls.clean(
                state, older_than_ms=older_than_ms, limit=limit
            )
            testimony.count = len(testimony.job_ids)
        return testimony.job_ids

    async def obliterate(self, *, force: bool = False) -> None:
        """Remove the queue with all that is in it."""
        with self._telling("obliterate", detail="by force" if force else ""):
            await self._controls.obliterate(force=force)

    async def retry(self, job_id: str, *, fresh: bool = False) -> None:
        """Have a failed job wait again."""
        with self._telling("retry", job_id, detail="afresh" if fresh else ""):
            await self._controls.retry(job_id, fresh=fresh)

    async def retry_all(self, *, limit: int = 0, fresh: bool = False) -> int:
        """Have all failed jobs wait again."""
        with self._telling("retry", detail="afresh" if fresh else "") as testimony:
            testimony.count = await self._controls.retry_all(limit=limit, fresh=fresh)
        return testimony.count

    async def promote(self, job_id: str) -> None:
        """Have a delayed job wait at once."""
        with self._telling("promote", job_id):
            await self._controls.promote(job_id)

    async def promote_all(self, *, limit: int = 0) -> int:
        """Have all delayed jobs wait at once."""
        with self._telling("promote") as testimony:
            testimony.count = await self._controls.promote_all(limit=limit)
        return testimony.count

    async def cancel(self, job_id: str, reason: str = DEFAULT_CANCEL_REASON) -> CancelAnswer:
        """End a job that has not ended."""
        answer = await self._controls.cancel(job_id, reason)
        running = answer is CancelAnswer.REQUESTED
        self._observer.observe(CancelRequested(job_id=job_id, reason=reason, running=running))
        return answer

    async def limit_concurrency(self, most: int | None) -> None:
        """Have at most so many jobs run at once."""
        with self._telling("limit_concurrency", detail="off" if most is None else f"{most} jobs"):
            await self._controls.limit_concurrency(most)

    async def limit_rate(self, rate: RateLimit | None) -> None:
        """Have jobs start at that rate at most."""
        detail = "off" if rate is None else f"{rate.max_jobs} jobs in {rate.window_ms} ms"
        with self._telling("limit_rate", detail=detail):
            await self._controls.limit_rate(rate)

    @contextmanager
    def _telling(self, deed: Steering, *job_ids: str, detail: str = "") -> Iterator[_Testimony]:
        testimony = _Testimony(job_ids)
        try:
            yield testimony
            testimony.result = "done"
        except ControlRefusedError:
            testimony.result = "refused"
            raise
        finally:
            self._observer.observe(
                QueueSteered(
                    queue=self._queue,
                    deed=deed,
                    result=testimony.result,
                    job_ids=testimony.job_ids,
                    count=testimony.count,
                    detail=detail,
                )
            )
