"""Who fetches assets from elsewhere: from the hosts and the bucket that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preview_worker.assets.fetcher import Fetcher
from preview_worker.assets.pickup import Pickup
from preview_worker.bootstrap.storage import object_storage

if TYPE_CHECKING:
    from preview_worker.assets import AssetFetcher
    from preview_worker.settings import Settings


def open_fetcher(settings: Settings) -> AssetFetcher:
    """Return the fetcher of the settings; nothing is connected or written yet."""
    return Fetcher(settings.assets, pickup=_pickup_of(settings))


def _pickup_of(settings: Settings) -> Pickup | None:
    bucket = settings.assets_bucket
    if not bucket.url:
        return None
    limits = settings.assets.for_depot(bucket.timeout_s)
    with object_storage("PREVIEW_ASSETS_URL"):
        from preview_worker.artifacts.objects.depot import (  # noqa: PLC0415 -- an optional part
            open_depot,
        )
    return Pickup(open_depot(bucket, limits.fetch_timeout_s), limits)
