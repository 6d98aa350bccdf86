"""Who fetches assets from elsewhere: from the hosts and the bucket that the settings name."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Self

from preview_worker.assets import NoFetcher
from preview_worker.assets.depot import stored_of
from preview_worker.assets.fetcher import Fetcher
from preview_worker.assets.pickup import Pickup
from preview_worker.bootstrap.descriptors import allow_many_files
from preview_worker.bootstrap.storage import object_storage
from preview_worker.render import asset_addresses

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType

    from preview_worker.assets import AssetFetcher, Fetched, Wanted
    from preview_worker.contract import PreviewJob
    from preview_worker.render import RenderSettings
    from preview_worker.settings import Settings

_PATIENCE_S = 10.0
"""How long somebody waits for a bucket that is away, when they only want to see something."""


def open_fetcher(settings: Settings) -> AssetFetcher:
    """Return the fetcher of the settings; nothing is connected or written yet."""
    return Fetcher(settings.assets, pickup=_pickup_of(settings))


class StoredAssets:
    """Assets in the bucket, for those who judge what is at hand: other hosts are not asked.

    What was fetched stays until the ``with`` block ends.
    """

    def __init__(self, settings: Settings) -> None:
        """Read from the bucket of ``settings``, if there is one; nothing is asked yet."""
        pickup = _pickup_of(settings, _PATIENCE_S)
        self._fetcher = Fetcher(settings.assets, pickup=pickup) if pickup else NoFetcher()
        self._held = AsyncExitStack()
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        """Start nothing: the event loop begins when something is fetched."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let all files go."""
        if not self._fetcher.idle:
            self._runner.run(self._held.aclose())
        self._runner.close()

    def of(self, job: PreviewJob, settings: RenderSettings) -> Fetched:
        """Fetch what ``job`` names there; raise ``PreviewError`` as a fetcher does."""
        if self._fetcher.idle:
            return {}
        return self._runner.run(self._held.enter_async_context(self.fetch(job, settings)))

    @asynccontextmanager
    async def fetch(self, job: PreviewJob, settings: RenderSettings) -> AsyncIterator[Fetched]:
        """Do the same within an event loop; the files stay as long as the context lasts."""
        wanted: Wanted = {}
        if not self._fetcher.idle:
            wanted = stored_of(await asyncio.to_thread(asset_addresses, job, settings))
        async with self._fetcher.fetch(wanted) as fetched:
            yield fetched


def _pickup_of(settings: Settings, patience_s: float | None = None) -> Pickup | None:
    bucket = settings.assets_bucket
    if not bucket.url:
        return None
    allow_many_files()  # a tutorial may have two thousand of them there
    limits = settings.assets.for_depot(bucket.timeout_s, patience_s)
    with object_storage("PREVIEW_ASSETS_URL"):
        from preview_worker.artifacts.objects.depot import (  # noqa: PLC0415 -- an optional part
            open_depot,
        )
    return Pickup(open_depot(bucket, limits.fetch_timeout_s), limits)
