"""Fetching the assets of a job from other hosts, before anything of it is rendered."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING

from preview_worker.assets import AssetFetcher, AssetVisit, Fetched
from preview_worker.contract import PreviewError, PreviewJob
from preview_worker.events import AssetFetched, Observer
from preview_worker.worker.phases import observed_phase

if TYPE_CHECKING:
    from preview_worker.worker.journal import Journal
    from preview_worker.worker.ports import Renderer


class Supplier:
    """Has assets fetched and tells of it."""

    def __init__(self, fetcher: AssetFetcher, renderer: Renderer, observer: Observer) -> None:
        """Fetch by ``fetcher`` what ``renderer`` says a job wants."""
        self._fetcher = fetcher
        self._renderer = renderer
        self._observer = observer

    async def fetch(
        self, job_id: str, wanted: PreviewJob, journal: Journal, held: AsyncExitStack
    ) -> Fetched:
        """Fetch what ``wanted`` names, which stays until ``held`` lets it go.

        The queue knows the job as ``job_id``. Raises ``PreviewError`` as the fetcher does.
        """
        if self._fetcher.idle:
            return {}

        def tell(visit: AssetVisit) -> None:
            self._observer.observe(AssetFetched(job_id=job_id, **asdict(visit)))

        with observed_phase(self._observer, job_id, "fetch"):
            began_s = time.monotonic()
            addresses = await self._renderer.wanted(wanted)
            fetched = await held.enter_async_context(self._fetcher.fetch(addresses, tell))
            if fetched:
                journal.phases_s["fetch"] = time.monotonic() - began_s
                journal.log(_told(fetched, journal.phases_s["fetch"]))
        return fetched


def _told(fetched: Fetched, spent_s: float) -> str:
    refused = sum(isinstance(each, PreviewError) for each in fetched.values())
    had = len(fetched) - refused
    return f"{had} assets had from other hosts in {spent_s:.2f} s, {refused} refused"
