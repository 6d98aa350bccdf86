"""Spoken text broken into captions of at most two lines, where a speaker would pause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from preview_worker.render.captions.atoms import (
    LINE_WIDTH,
    NARROW,
    SENTENCE_COST,
    Atom,
    joined,
)
from preview_worker.render.captions.pace import Pace

MAX_LINES = 2
_CAPTION_COST = 14
_RUN_ON_COST, _ADRIFT_COST = 14, 20
"""What it costs to run on into the next sentence, and what if that begins within a line."""
_LOPSIDED_COST = 30
_UNEVEN_SHARE = _LINE_SHARE = 0.5
"""Of the difference between two lines, and of the pause between them, what it costs."""


@dataclass(frozen=True, slots=True)
class Caption:
    """A caption without a place in time; ``load`` is how many characters there are to be read."""

    lines: tuple[str, ...]
    load: int


def split_captions(atoms: Sequence[Atom], pace: Pace, thrift: int = 0) -> list[Caption]:
    """Return captions of one or two lines; the cheapest set of pauses wins.

    A pause costs nothing after a sentence, a little after a clause and much within one; a caption
    that is nearly empty costs too, and so does one that runs on into the next sentence. ``thrift``
    is the price of a frame: the higher it is, the less time the captions take and the less it
    matters where they end.
    """
    text = _Text.of(atoms)
    gap_frames = pace.gap_frames
    best: list[float] = [0.0] + [float("inf")] * len(atoms)
    came_from = [0] * (len(atoms) + 1)
    for end in range(1, len(atoms) + 1):
        least = _CAPTION_COST + atoms[end - 1].pause
        for start in range(end - 1, -1, -1):
            if text.width(start, end) > MAX_LINES * (LINE_WIDTH + NARROW):
                break
            if best[start] + least >= best[end]:
                continue
            frames = pace.needed_frames(text.load(start, end)) + gap_frames
            cost = best[start] + text.cost(start, end) + thrift * frames
            if cost < best[end]:
                best[end], came_from[end] = cost, start
    captions: list[Caption] = []
    end = len(atoms)
    while end:
        captions.append(text.caption(came_from[end], end))
        end = came_from[end]
    return captions[::-1]


@dataclass(frozen=True, slots=True)
class _Text:
    """Atoms with running sums, so that any stretch of them is measured at once."""

    atoms: Sequence[Atom]
    widths: Sequence[int]
    loads: Sequence[int]

    @classmethod
    def of(cls, atoms: Sequence[Atom]) -> _Text:
        """Add up the widths, spaces with them, and the loads."""
        widths = accumulate((atom.width + NARROW * atom.spaced for atom in atoms), initial=0)
        return cls(atoms, [*widths], [*accumulate((atom.load for atom in atoms), initial=0)])

    def width(self, start: int, end: int) -> int:
        """Return how wide a line with the atoms from ``start`` up to ``end`` is."""
        return self.widths[end] - self.widths[start] - NARROW * self.atoms[start].spaced

    def load(self, start: int, end: int) -> int:
        """Return how much there is to be read."""
        return self.loads[end] - self.loads[start]

    def caption(self, start: int, end: int) -> Caption:
        """Set the atoms in lines."""
        broken = self._break(start, end) or start
        parts = (self.atoms[start:broken], self.atoms[broken:end])
        return Caption(tuple(map(joined, filter(None, parts))), self.load(start, end))

    def cost(self, start: int, end: int) -> float:
        """Return what a caption of these atoms costs; infinity when two lines do not hold it."""
        broken = self._break(start, end)
        if broken is None:
            return float("inf")
        empty = max(0.0, 1 - self.width(start, end) / (MAX_LINES * LINE_WIDTH))
        ends = [n for n in range(start + 1, end) if self.atoms[n - 1].pause == SENTENCE_COST]
        run_on = _RUN_ON_COST * len(ends) + (_ADRIFT_COST if ends and broken not in ends else 0)
        on_line = self.atoms[broken - 1].pause * _LINE_SHARE if broken > start else 0
        pauses = self.atoms[end - 1].pause + on_line
        return _CAPTION_COST + _LOPSIDED_COST * empty**2 + run_on + pauses

    def _break(self, start: int, end: int) -> int | None:
        """Return where the second of two lines begins; they are even, and break at a pause.

        ``start`` is returned when one line suffices, None when two do not.
        """
        if self.width(start, end) <= LINE_WIDTH:
            return start
        atoms, widths = self.atoms, self.widths
        begin, stop = widths[start] + NARROW * atoms[start].spaced, widths[end]
        choices = []
        for middle in range(start + 1, end):
            first = widths[middle] - begin
            if first > LINE_WIDTH:
                break
            second = stop - widths[middle] - NARROW * atoms[middle].spaced
            if second <= LINE_WIDTH:
                uneven = abs(first - second) / NARROW * _UNEVEN_SHARE
                choices.append((uneven + atoms[middle - 1].pause * _LINE_SHARE, middle))
        return min(choices)[1] if choices else None
