"""Looks through a bucket a part at a time: what nobody reads, and how large and old all is.

A publication's folder goes when it was replaced a while ago, so that readers who began with it
come to an end, or when its manifest never came. What a listing tells is only a hint: before
anything is removed the job's pointer is read again.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from preview_worker.artifacts.keys import PREVIEWS
from preview_worker.artifacts.manifest import MANIFEST_NAME
from preview_worker.artifacts.objects.blob import Blob
from preview_worker.artifacts.objects.bucket import Bucket, Entry
from preview_worker.artifacts.objects.pointer import (
    POINTER_NAME,
    Pointer,
    decode_pointer,
    pointer_key,
    split_key,
)

LOOKS = 5000
"""Objects that one call looks at, or those of one job if it has more."""


@dataclass(slots=True)
class Folder:
    """A publication's files, whether readers see them or not."""

    keys: list[str] = field(default_factory=list)
    size_bytes: int = 0
    newest: datetime | None = None
    sealed: bool = False
    """Whether its manifest is there, so that it is or was published."""


@dataclass(slots=True)
class Place:
    """All that is below a job's prefix."""

    prefix: str
    pointed_at: datetime | None = None
    """When its pointer was written last."""
    folders: dict[str, Folder] = field(default_factory=dict)
    shown: Folder | None = None
    """The publication that readers see, once its pointer was read; None without one."""


class Census:
    """One walk through all places after the other. Blocks on the network."""

    def __init__(self, bucket: Bucket, looks: int = LOOKS) -> None:
        """Look through ``bucket``, ``looks`` objects at a call."""
        self._bucket = bucket
        self._looks = looks
        self._after: str | None = None

    def step(self) -> tuple[list[Place], bool]:
        """Return the next places, and whether those were the last of this walk."""
        places: list[Place] = []
        looked = 0
        for prefix, entries in itertools.groupby(self._entries(), key=_prefix):
            if looked >= self._looks:
                return places, False
            place = Place(prefix)
            for entry in entries:
                looked += 1
                self._after = entry.key
                _add(place, entry)
            if prefix:
                places.append(place)
        self._after = None
        return places, True

    def look(self, place: Place) -> tuple[Blob | None, Pointer | None]:
        """Read the pointer of a place, and note which of its folders it shows."""
        seen = self._bucket.read(pointer_key(place.prefix))
        pointer = None if seen is None else decode_pointer(seen.content)
        place.shown = place.folders.get(pointer.folder or "") if pointer else None
        return seen, pointer

    def rubbish(
        self, place: Place, now: datetime, replaced_s: float, stale_s: float
    ) -> Iterator[Folder]:
        """Yield the folders of a place that nobody needs, after a look at its pointer."""
        seen, pointer = self.look(place)
        if seen is not None and pointer is None:
            return  # none of ours, and so is whatever lies beside it
        if seen is not None and _age_s(seen.modified_at, now) <= replaced_s:
            return  # whoever began to read before still reads
        for folder in place.folders.values():
            patience_s = replaced_s if folder.sealed and seen is not None else stale_s
            if folder is not place.shown and _age_s(folder.newest, now) > patience_s:
                yield folder

    def _entries(self) -> Iterator[Entry]:
        return self._bucket.entries(PREVIEWS, self._after)


def _prefix(entry: Entry) -> str:
    parts = split_key(entry.key)
    return "" if parts is None else f"{PREVIEWS}/{parts[0]}/{parts[1]}"


def _add(place: Place, entry: Entry) -> None:
    parts = split_key(entry.key)
    if parts is None:
        return
    name, _, rest = parts[2].partition("/")
    if not rest:
        if name == POINTER_NAME:
            place.pointed_at = entry.modified_at
        return
    folder = place.folders.setdefault(name, Folder())
    folder.keys.append(entry.key)
    folder.size_bytes += entry.size_bytes
    folder.sealed |= rest == MANIFEST_NAME
    folder.newest = max(folder.newest or entry.modified_at, entry.modified_at)


def _age_s(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else (now - moment).total_seconds()
