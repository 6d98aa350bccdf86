"""Notes: what sounds are like and how words become captions, kept with what was rendered before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from preview_worker.contract import read_findings
from preview_worker.render.audio import Heard
from preview_worker.render.cache import Cache
from preview_worker.render.captions import Told
from preview_worker.render.edition import RENDERER_VERSION, media_versions
from preview_worker.render.model import Cue
from preview_worker.render.soundtrack import SoundRef


@dataclass(frozen=True, slots=True)
class CachedNotes:
    """A notebook in ``cache``, in which sounds go by the digest of their bytes."""

    cache: Cache
    digests: Callable[[SoundRef], str | None]

    def find(self, sound: SoundRef, most: int) -> Heard | None:
        """Return what listening to the first ``most`` samples told; None when nobody knows."""
        key = self._key(sound, most)
        entry = self.cache.get(key) if key else None
        try:
            return None if entry is None else Heard(**json.loads(entry))
        except (ValueError, TypeError):
            return None

    def note(self, sound: SoundRef, most: int, heard: Heard) -> None:
        """Write down what listening to the first ``most`` samples told."""
        if key := self._key(sound, most):
            self.cache.put(key, json.dumps(asdict(heard)).encode())

    def _key(self, sound: SoundRef, most: int) -> str | None:
        """Return the name of the entry; None for a sound that is missing."""
        digest = self.digests(sound) if self.cache.folder else None
        if digest is None:
            return None
        named = ["heard", digest, most, media_versions()]
        return hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class CachedCues:
    """Remembers in ``cache`` the cues of scenes; call it with what they depend on, and the work."""

    cache: Cache

    def __call__(self, parts: Sequence[object], work: Callable[[], Told]) -> Told:
        """Return what ``work`` gives, or gave before for the same ``parts``."""
        if self.cache.folder is None:
            return work()
        named = json.dumps(["cues", RENDERER_VERSION, *parts])
        key = hashlib.sha256(named.encode()).hexdigest()
        entry = self.cache.get(key)
        try:
            return _read_told(json.loads(entry or b""))
        except (ValueError, TypeError, KeyError, AttributeError):
            told = work()
        self.cache.put(key, json.dumps([[asdict(one) for one in half] for half in told]).encode())
        return told


def _read_told(document: list[list[dict[str, Any]]]) -> Told:
    cues, findings = document
    read = (Cue(cue["start_frame"], cue["end_frame"], tuple(cue["lines"])) for cue in cues)
    return tuple(read), read_findings(findings)
