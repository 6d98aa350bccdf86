"""Where previews are kept: on the local disk, or in the bucket that the settings name."""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from preview_worker.artifacts import LocalViewer
from preview_worker.artifacts.local import LocalStore
from preview_worker.queue.claims import BullClaims
from preview_worker.settings import SettingsError
from preview_worker.worker.sharing import SceneSharing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preview_worker.artifacts import PreviewStore, PreviewViewer
    from preview_worker.artifacts.objects.bucket import Bucket
    from preview_worker.artifacts.objects.lookout import Lookout
    from preview_worker.events import Observer
    from preview_worker.settings import Settings

_READERS_WAIT_S = 8.0
"""For one request that somebody waits for, which brings a mebibyte at most."""


def open_store(settings: Settings) -> PreviewStore:
    """Return the store of the settings; nothing is connected or written yet."""
    if not settings.bucket.url:
        return LocalStore(settings.artifacts)
    bucket = bucket_of(settings)
    from preview_worker.artifacts.objects.store import BucketStore  # noqa: PLC0415 -- needs obstore

    return BucketStore(bucket, settings.bucket.url.rstrip("/"), settings.artifacts)


def open_viewer(settings: Settings) -> PreviewViewer:
    """Return what opens the previews of that store for readers."""
    data_dir = settings.artifacts.data_dir
    if not settings.bucket.url:
        return LocalViewer(data_dir)
    bucket = bucket_of(settings, retries=1, timeout_s=_READERS_WAIT_S)
    from preview_worker.artifacts.objects.viewing import (  # noqa: PLC0415 -- needs obstore
        BucketViewer,
    )

    return BucketViewer(bucket, data_dir, settings.bucket.redirect_s)


def open_sharing(settings: Settings, observer: Observer) -> SceneSharing | None:
    """Return what renders share scenes with other workers by; None where they do not."""
    if not settings.bucket.share_scenes:
        return None
    bucket = bucket_of(settings)
    from preview_worker.artifacts.objects.scenes import (  # noqa: PLC0415 -- needs obstore
        BucketScenes,
    )

    scenes = BucketScenes(bucket, settings.artifacts.scenes_max_age_s)
    return SceneSharing(scenes, BullClaims(settings.queue), observer)


def open_lookout(settings: Settings) -> Lookout | None:
    """Return what sees whether the bucket of assets answers; None where there is none."""
    if not settings.assets_bucket.url:
        return None
    with object_storage("PREVIEW_ASSETS_URL"):
        from preview_worker.artifacts.objects.bucket import (  # noqa: PLC0415 -- an optional part
            open_bucket,
        )
        from preview_worker.artifacts.objects.lookout import (  # noqa: PLC0415 -- the same
            Lookout,
        )
    return Lookout(open_bucket(settings.assets_bucket))


def bucket_of(settings: Settings, *, retries: int = 5, timeout_s: float = math.inf) -> Bucket:
    """Return the bucket of the settings; raise ``SettingsError`` without the library for it.

    What failed in passing is tried ``retries`` times more. A request takes ``timeout_s`` at most,
    and what the settings say.
    """
    with object_storage("PREVIEW_STORAGE_URL"):
        from preview_worker.artifacts.objects.bucket import (  # noqa: PLC0415 -- an optional part
            open_bucket,
        )
    chosen = settings.bucket
    least_s = min(chosen.timeout_s, timeout_s)
    return open_bucket(replace(chosen, timeout_s=least_s), retries=retries)


@contextmanager
def object_storage(variable: str) -> Iterator[None]:
    """Turn the want of the library that ``variable`` needs into a ``SettingsError``."""
    try:
        yield
    except ModuleNotFoundError as error:
        message = (
            f"{variable}: needs the package obstore; "
            "pip install 'mobius-preview-worker[s3]' installs it"
        )
        raise SettingsError(message) from error
