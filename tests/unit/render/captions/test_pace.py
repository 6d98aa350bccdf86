"""Captions can be read: a second each, seventeen characters a second, air between two."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from preview_worker.render.captions.pace import Pace

RATES = st.sampled_from(
    [Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(7)]
)
LOADS = st.lists(st.integers(1, 84), min_size=1, max_size=12)


def rounded_ms(frame: int, fps: Fraction) -> int:
    """Return the millisecond of a caption file that stands for ``frame``."""
    return int(frame * 1000 / fps + Fraction(1, 2))


@given(RATES, st.integers(0, 10_000), st.integers(1, 84))
def test_limits_hold_in_milliseconds_too(fps: Fraction, start: int, load: int) -> None:
    """Wherever the caption starts; rounding takes nothing away from it."""
    pace = Pace(fps)
    frames = pace.needed_frames(load)
    ms = rounded_ms(start + frames, fps) - rounded_ms(start, fps)
    gap_ms = rounded_ms(start + pace.gap_frames, fps) - rounded_ms(start, fps)

    assert ms >= 1000
    assert load * 1000 <= 17 * ms
    assert gap_ms >= 100


@given(RATES, LOADS, st.integers(0, 500))
def test_time_is_shared_to_the_frame(fps: Fraction, loads: list[int], spare: int) -> None:
    """Everybody gets what it needs, and together they get all that there is."""
    pace = Pace(fps)
    needed = [pace.needed_frames(load) for load in loads]
    spans = pace.share(loads, sum(needed) + spare)

    assert sum(spans) == sum(needed) + spare
    assert all(span >= need for span, need in zip(spans, needed, strict=True))


def test_what_is_left_goes_by_length() -> None:
    """A short caption that has its second leaves the rest to the others."""
    assert Pace(Fraction(30)).share([2, 40, 80], 30 + 360) == [30, 120, 240]
