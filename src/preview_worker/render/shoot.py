"""The shoot: has made what the cache lacks, by a crew of our own or together with other workers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Protocol

from preview_worker.render.crew import BUFFER_BYTES, WorkUnderWay
from preview_worker.render.pool import AT_ONCE, Pool

Make = Callable[[str], bytes]
"""Makes the entry of a key, puts it into the cache and returns it, in a process of the crew."""
_LOT = 4
"""Entries for each process that are ours at a time; whoever films the same has the next ones."""


class Shoot(Protocol):
    """The making of entries, which are asked for in order."""

    def bring(self, key: str) -> bytes | None:
        """Return an entry that was made now; None for one that the cache had or has by now."""

    def close(self) -> None:
        """End what is still being worked on. Safe to call twice."""


class OwnShoot:
    """Makes everything itself."""

    def __init__(self, keys: Sequence[str], make: Make, processes: int) -> None:
        """Put up to ``processes`` processes to work on what ``keys`` name."""
        self._due = set(keys)
        self._results = WorkUnderWay(lambda number: make(keys[number]), len(keys), processes)

    def bring(self, key: str) -> bytes | None:
        """Return the entry of ``key`` if it was to be made; see ``Shoot.bring``."""
        if key not in self._due:
            return None
        self._due.remove(key)
        return next(self._results)

    def close(self) -> None:
        """End what is still being worked on. Safe to call twice."""
        self._results.close()


class SharedShoot:
    """Makes what nobody else has or makes, a lot at a time, and takes the rest from the pool.

    While others still make what is needed next, it makes what is needed later, as far as there is
    room to hold that.
    """

    def __init__(self, keys: Sequence[str], make: Make, pool: Pool, processes: int) -> None:
        """Share the making of what ``keys`` name; nothing is begun before it is asked for."""
        self._open = dict.fromkeys(keys)
        self._make = make
        self._pool = pool
        self._processes = processes
        self._ours: deque[str] = deque()
        self._results: Iterator[bytes] | None = None
        self._made: dict[str, bytes] = {}
        self._held_bytes = 0

    def bring(self, key: str) -> bytes | None:
        """Return the entry of ``key`` if it was made here; see ``Shoot.bring``."""
        while key in self._open:
            if self._ours:
                self._take_result()
            else:
                self._begin_lot(key)
        made = self._made.pop(key, None)
        self._held_bytes -= len(made or b"")
        return made

    def close(self) -> None:
        """End what is still being worked on. Safe to call twice.

        What the crew made and nobody asked for is offered, too: others see what is there.
        """
        if isinstance(self._results, WorkUnderWay):
            self._results.close()
        while self._ours:
            self._pool.offer(self._ours.popleft())

    def _take_result(self) -> None:
        key = self._ours.popleft()
        assert self._results is not None  # noqa: S101 -- a lot is under way while there are ours
        made = next(self._results)
        self._pool.offer(key)
        del self._open[key]
        self._made[key] = made
        self._held_bytes += len(made)

    def _begin_lot(self, key: str) -> None:
        self.close()
        roomy = self._held_bytes < BUFFER_BYTES
        wanted = list(islice(self._open, AT_ONCE)) if roomy else [key]
        obtained = self._pool.obtain(wanted, _LOT * self._processes)
        for brought in obtained.brought:
            self._open.pop(brought, None)
        ours = [one for one in obtained.ours if one in self._open]
        self._ours.extend(ours)
        self._results = WorkUnderWay(lambda n: self._make(ours[n]), len(ours), self._processes)
