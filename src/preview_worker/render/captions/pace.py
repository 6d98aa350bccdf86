"""How fast captions may be read: each is on for a second at least, with air between two of them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

MIN_CUE_MS = 1000
GAP_MS = 100
MAX_CHARS_PER_S = 17


@dataclass(frozen=True, slots=True)
class Pace:
    """The limits at a frame rate.

    They are whole milliseconds first and frames then, rounded up each time, so that they still hold
    for the milliseconds of a caption file.
    """

    fps: Fraction

    @property
    def gap_frames(self) -> int:
        """Frames without a caption between two of them."""
        return self._frames(GAP_MS)

    def needed_frames(self, load: int) -> int:
        """Return how long a caption has to be on for ``load`` characters to be read."""
        reading_ms = -(-1000 * load // MAX_CHARS_PER_S)
        return self._frames(max(MIN_CUE_MS, reading_ms))

    def _frames(self, span_ms: int) -> int:
        """Return ``span_ms`` in frames, rounded up; in whole numbers, as it is asked for often."""
        fps = self.fps
        return -(-span_ms * fps.numerator // (1000 * fps.denominator))

    def total_frames(self, loads: list[int]) -> int:
        """Return how long captions have to be on one after another, with the gaps between them."""
        return sum(map(self.needed_frames, loads)) + self.gap_frames * max(0, len(loads) - 1)

    def share(self, loads: list[int], frames: int) -> list[int]:
        """Return how long each caption is on when together they have ``frames``, gaps apart.

        Time goes by length, as a speaker takes it, but nobody gets less than it needs; ``frames``
        must suffice for that.
        """
        spans = [Fraction(self.needed_frames(load)) for load in loads]
        flexible = set(range(len(loads)))
        while flexible:
            spare = frames - sum(span for n, span in enumerate(spans) if n not in flexible)
            rate = Fraction(spare, sum(loads[n] for n in flexible))
            short = {n for n in flexible if rate * loads[n] < self.needed_frames(loads[n])}
            if not short:
                for n in flexible:
                    spans[n] = rate * loads[n]
                break
            flexible -= short
        return _whole(spans)


def _whole(spans: list[Fraction]) -> list[int]:
    """Round running sums down, so that nothing is lost and no span falls below its whole part."""
    whole, clock, done = [], Fraction(0), 0
    for span in spans:
        clock += span
        whole.append(int(clock) - done)
        done = int(clock)
    return whole
