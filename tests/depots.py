"""Places of assets for tests: a folder and a bucket that are filled and read in one way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import obstore
from obstore.store import MemoryStore, ObjectStore

from preview_worker.artifacts.objects.bucket import connect
from preview_worker.artifacts.objects.depot import BucketDepot, open_depot
from preview_worker.artifacts.objects.settings import BucketSettings
from preview_worker.assets import AssetSettings, AssetVisit
from preview_worker.assets.depot import Depot
from preview_worker.assets.fetcher import Fetcher
from preview_worker.assets.pickup import Pickup
from preview_worker.render import RenderSettings
from preview_worker.render.assets import FileAssets
from preview_worker.render.model import PictureRef

PATIENCE_S = 60.0


class AssetPlace(Protocol):
    """Somewhere that assets are put, and found again by what a payload calls them."""

    def put(self, name: str, content: bytes) -> None:
        """Put an asset there, in place of an older one of that name."""

    async def read(self, *names: str, max_bytes: int = 1000) -> bytes:
        """Read the first of ``names`` that is there, as a render does."""


@dataclass
class RootPlace:
    """A local asset root."""

    root: Path

    def put(self, name: str, content: bytes) -> None:
        """Write a file."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    async def read(self, *names: str, max_bytes: int = 1000) -> bytes:
        """Read it from the root."""
        settings = RenderSettings(asset_roots=(self.root,), max_asset_bytes=max_bytes)
        return FileAssets(settings).read(PictureRef(names, "/here"))


@dataclass
class BucketPlace:
    """A bucket behind the worker's own fetcher, beside an asset root with nothing in it."""

    store: ObjectStore
    fetcher: Fetcher
    root: str
    folder: Path
    visits: list[AssetVisit] = field(default_factory=list)

    def put(self, name: str, content: bytes) -> None:
        """Write an object."""
        obstore.put(self.store, name, content)

    async def read(self, *names: str, max_bytes: int = 1000) -> bytes:
        """Fetch what a render would want, and read it as the render process does."""
        settings = RenderSettings(
            asset_roots=(self.folder,), asset_store=self.root, max_asset_bytes=max_bytes
        )
        ref = PictureRef(names, "/here")
        addresses = FileAssets(settings).addresses(ref)
        wanted = {addresses: max_bytes} if addresses else {}
        async with self.fetcher.fetch(wanted, self.visits.append) as fetched:
            return FileAssets(settings, fetched).read(ref)


def a_fetcher(
    depot: Depot, folder: Path, timeout_s: float = PATIENCE_S, patience_s: float = 0
) -> Fetcher:
    """Return the worker's own fetcher with a bucket, which pauses for moments only."""
    settings = AssetSettings(folder=folder)
    limits = replace(
        settings.for_depot(timeout_s), backoff_s=0.01, max_pause_s=0.02, patience_s=patience_s
    )
    return Fetcher(settings, pickup=Pickup(depot, limits))


def a_bucket_of_memory(folder: Path) -> BucketPlace:
    """Return a bucket in this process."""
    store = MemoryStore()
    depot = BucketDepot(store, "s3://pictures/of games", "memory")
    return _place(store, depot, folder)


def a_bucket_at(settings: BucketSettings, folder: Path) -> BucketPlace:
    """Return a bucket of a service."""
    return _place(
        connect(settings, PATIENCE_S, {"max_retries": 3}), open_depot(settings, 300), folder
    )


def _place(store: ObjectStore, depot: BucketDepot, folder: Path) -> BucketPlace:
    empty = folder / "empty root"
    empty.mkdir()
    return BucketPlace(store, a_fetcher(depot, folder / "cache"), depot.root, empty)


def codes(visits: Sequence[AssetVisit]) -> list[str | None]:
    """Return what came of each visit."""
    return [visit.code for visit in visits]
