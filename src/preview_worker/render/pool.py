"""The pool: what renders of other workers made, and what they may have from this one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

AT_ONCE = 256
"""Entries that a pool is asked for at once."""


@dataclass(frozen=True, slots=True)
class Obtained:
    """What came of asking the pool for entries of the cache, each by its key."""

    brought: tuple[str, ...]
    """These lie in the cache now, unless it lost them again."""
    ours: tuple[str, ...]
    """These nobody has, and nobody else makes as long as we do."""


class Pool(Protocol):
    """Entries of the cache that this render shares with those of other workers."""

    def obtain(self, keys: Sequence[str], most: int) -> Obtained:
        """Ask for entries in the order of their use, up to ``most`` of which we could make now.

        Returns when something was brought or is ours to make, which may have to be waited for.
        """

    def find(self, keys: Sequence[str]) -> frozenset[str]:
        """Have brought what others made of ``keys``, and return that; nothing becomes ours to make.

        Raises ``PreviewError`` (``transient.storage``) where that cannot be known now.
        """

    def offer(self, key: str) -> None:
        """Tell that an entry was made and lies in the cache."""
