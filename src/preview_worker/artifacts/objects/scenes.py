"""Scenes that workers share, in the bucket of the previews."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from preview_worker.artifacts.objects.bucket import Bucket
from preview_worker.artifacts.objects.census import LOOKS
from preview_worker.artifacts.scenes import MOST_SCENE_BYTES
from preview_worker.contract import PreviewError

SCENES = "scenes"
"""What the keys of all scenes begin with; then come the project and the digest of the entry."""
_HEADERS = {"Content-Type": "application/octet-stream"}


class BucketScenes:
    """``SharedScenes`` in object storage. An entry's age counts from when it was last of use."""

    def __init__(
        self,
        bucket: Bucket,
        max_age_s: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Keep scenes in ``bucket`` for about ``max_age_s`` after their last use; 0: for ever."""
        self._bucket = bucket
        self._max_age_s = max_age_s
        self._now = now

    async def find(self, project: str, key: str) -> bytes | None:
        """Return an entry; see ``SharedScenes.find``."""
        place = _place(project, key)
        found = await self._bucket.fetch(place, MOST_SCENE_BYTES)
        if found is None:
            return None
        age_s = (self._now() - found.modified_at).total_seconds()
        if self._max_age_s and age_s > self._max_age_s / 2:
            with suppress(PreviewError):  # written again, it is young again; some day
                await self.keep(project, key, found.content)
        return found.content

    async def keep(self, project: str, key: str, stored: bytes) -> None:
        """Keep an entry for all workers; see ``SharedScenes.keep``."""
        if len(stored) <= MOST_SCENE_BYTES:
            await self._bucket.send(_place(project, key), stored, _HEADERS)


class SceneSweep:
    """Removes scenes that nobody used for long, a part at a time. Blocks on the network."""

    def __init__(self, bucket: Bucket, max_age_s: float, looks: int = LOOKS) -> None:
        """Remove from ``bucket`` what is older than ``max_age_s``; 0 removes nothing."""
        self._bucket = bucket
        self._max_age_s = max_age_s
        self._looks = looks
        self._after: str | None = None

    def step(self, now: datetime) -> tuple[int, bool]:
        """Look at the next scenes; return how many went, and whether those were the last."""
        if not self._max_age_s:
            return 0, True
        some = list(itertools.islice(self._bucket.entries(SCENES, self._after), self._looks))
        old = [
            entry.key
            for entry in some
            if (now - entry.modified_at).total_seconds() > self._max_age_s
        ]
        self._bucket.remove(old)
        done = len(some) < self._looks
        self._after = None if done else some[-1].key
        return len(old), done


def _place(project: str, key: str) -> str:
    return f"{SCENES}/{project}/{key}"
