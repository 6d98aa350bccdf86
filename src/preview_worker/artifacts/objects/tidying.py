"""Tidies a bucket for all who share it, a part at a time. Blocks on the network."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from preview_worker.artifacts.expiry import Reason, RetiredPreview, choose
from preview_worker.artifacts.objects.bucket import Bucket
from preview_worker.artifacts.objects.census import Census, Place
from preview_worker.artifacts.objects.scenes import SceneSweep
from preview_worker.artifacts.objects.shelf import BucketShelf
from preview_worker.artifacts.objects.watch import Watch
from preview_worker.artifacts.settings import ArtifactSettings
from preview_worker.contract import PreviewError

_REST_S = 1800.0
"""From the end of one walk to the beginning of the next: a walk asks for each preview once."""
_REMOVALS = 50
"""Previews that one call retires."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A preview as it was when it was looked at."""

    prefix: str
    used_at: datetime
    size_bytes: int

    @property
    def used_at_ns(self) -> int:
        return _nanoseconds(self.used_at)


class Tidying:
    """Sweeps and retires in turns with all others; whoever has the turn walks on."""

    def __init__(
        self,
        bucket: Bucket,
        shelf: BucketShelf,
        settings: ArtifactSettings,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Tidy ``bucket``, whose previews are withdrawn through ``shelf``, and then its scenes."""
        self._bucket = bucket
        self._shelf = shelf
        self._settings = settings
        self._now = now
        self._watch = Watch(bucket, now)
        self._census = Census(bucket)
        self._seen: list[_Kept] = []
        self._due: list[tuple[_Kept, Reason]] = []
        self._walked_at: datetime | None = None
        self._scenes: SceneSweep | None = None
        self._by_hand = False

    def sweep(self) -> int:
        """Walk on, and remove publications that nobody reads; return how many those were."""
        with contextlib.suppress(PreviewError):  # the next round may do better; readiness tells
            if not self._watch.is_ours():
                self._forget()
            elif not self._rests():  # the turn is kept meanwhile, so that nobody else walks
                return self._walk_on()
        return 0

    def sweep_whole(self) -> int:
        """Walk through everything now, and remove what nobody reads; return how much that was.

        It takes no turn: two who walk at once read twice as much, and remove nothing that one alone
        would not. Raises ``PreviewError`` when the storage is away.
        """
        self._forget()
        self._by_hand, removed = True, 0
        while self._walked_at is None:
            removed += self._walk_on()
        return removed

    def retire(self) -> Sequence[RetiredPreview]:
        """Withdraw some of the previews that the last walk found due, the oldest first."""
        if self._by_hand:
            return self._withdraw_some()
        with contextlib.suppress(PreviewError):
            if self._due and self._watch.is_ours():
                return self._withdraw_some()
        return []

    def due(self) -> Sequence[RetiredPreview]:
        """Return what would be retired now, and remove nothing; raise as ``sweep_whole`` does."""
        if not self._wanted:
            return ()
        census, seen, done = Census(self._bucket), list[_Kept](), False
        while not done:
            places, done = census.step()
            for place in places:
                census.look(place)
            seen += self._kept(places)
        return [self._told(kept, reason) for kept, reason in self._choose(seen)]

    def _withdraw_some(self) -> list[RetiredPreview]:
        """Withdraw what is due; trouble is raised by the call that finds it before anything else.

        So no preview goes without being told.
        """
        gone: list[RetiredPreview] = []
        for _ in range(min(_REMOVALS, len(self._due))):
            kept, reason = self._due[0]
            try:
                withdrawn = self._shelf.withdraw(kept.prefix, kept.used_at)
            except PreviewError:
                if gone:
                    break
                raise
            del self._due[0]
            if withdrawn:
                gone.append(self._told(kept, reason))
        return gone

    @property
    def _wanted(self) -> bool:
        return bool(self._settings.retention_max_age_s or self._settings.retention_max_bytes)

    def _rests(self) -> bool:
        if self._walked_at is None:
            return False
        return (self._now() - self._walked_at).total_seconds() < _REST_S

    def _forget(self) -> None:
        """Drop what was seen: by the next turn it will be something else."""
        self._census, self._walked_at = Census(self._bucket), None
        self._scenes = None
        self._seen, self._due = [], []

    def _walk_on(self) -> int:
        if self._scenes is None:
            return self._walk_on_among_previews()
        removed, done = self._scenes.step(self._now())
        if done:
            self._scenes, self._walked_at = None, self._now()
        return removed

    def _walk_on_among_previews(self) -> int:
        places, done = self._census.step()
        removed = sum(self._clear(place) for place in places)
        if self._wanted:
            self._seen += self._kept(places)
        if done:
            self._due, self._seen = self._choose(self._seen), []
            self._scenes = SceneSweep(self._bucket, self._settings.scenes_max_age_s)
            removed += self._walk_on()
        return removed

    def _clear(self, place: Place) -> int:
        """Remove a place's publications that nobody needs; return how many."""
        settings = self._settings
        patience_s = settings.superseded_kept_s, settings.stale_after_s
        removed = 0
        for folder in self._census.rubbish(place, self._now(), *patience_s):
            self._bucket.remove(folder.keys)
            removed += 1
        return removed

    def _kept(self, places: Sequence[Place]) -> list[_Kept]:
        return [
            _Kept(place.prefix, place.pointed_at, place.shown.size_bytes)
            for place in places
            if place.pointed_at is not None and place.shown is not None
        ]

    def _choose(self, seen: list[_Kept]) -> list[tuple[_Kept, Reason]]:
        return choose(seen, self._settings, _nanoseconds(self._now())) if self._wanted else []

    def _told(self, kept: _Kept, reason: Reason) -> RetiredPreview:
        _, project, job = kept.prefix.split("/")
        age_s = (self._now() - kept.used_at).total_seconds()
        return RetiredPreview(project, job, kept.size_bytes, age_s, reason)


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1e9)
