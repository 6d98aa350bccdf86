"""Notes of what sounds are like, kept with everything else that was rendered before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass

from preview_worker.render.audio import Heard
from preview_worker.render.cache import Cache
from preview_worker.render.edition import media_versions
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
