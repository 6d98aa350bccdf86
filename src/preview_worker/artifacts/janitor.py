"""The janitor: removes what nobody needs any more, a little at a time, while the worker works."""

from __future__ import annotations

import asyncio
import random
import traceback

from preview_worker.artifacts.port import PreviewStore
from preview_worker.events import DefectFound, Observer, PreviewRetired

_NO_JOB = "none"


class Janitor:
    """Has a store tidied up every now and then."""

    def __init__(self, store: PreviewStore, observer: Observer, every_s: float) -> None:
        """Tidy up ``store`` every ``every_s``, more or less, so that workers do not march."""
        self._store = store
        self._observer = observer
        self._every_s = every_s
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, with a first round at once."""
        if self._task is None:
            self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Stop after the step that is under way. Safe to call twice."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    async def tidy(self) -> None:
        """Do one round, and tell which previews were removed."""
        await self._store.sweep()
        for one in await self._store.retire():
            self._observer.observe(
                PreviewRetired(
                    project=one.project,
                    job=one.job,
                    size_bytes=one.size_bytes,
                    age_s=one.age_s,
                    reason=one.reason,
                )
            )

    async def _work(self) -> None:
        while True:
            try:
                await self.tidy()
            except Exception as error:  # noqa: BLE001 -- a surprise must not end all tidying
                trace = "".join(traceback.format_exception(error))
                self._observer.observe(DefectFound(job_id=_NO_JOB, trace=trace))
            await asyncio.sleep(self._every_s * random.uniform(0.8, 1.2))  # noqa: S311 -- no secret
