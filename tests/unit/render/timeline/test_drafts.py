"""The clock puts durations on frames without drift."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from preview_worker.render.model import EndCard
from preview_worker.render.timeline.drafts import Draft, place


def _draft(seconds: Fraction) -> Draft:
    return Draft("id", "end", "title", "", "hook", EndCard("m", "t"), seconds)


DURATIONS = st.lists(
    st.fractions(min_value=Fraction(1, 5), max_value=60, max_denominator=997), min_size=1
)


@given(DURATIONS, st.sampled_from([Fraction(24), Fraction(30), Fraction(30000, 1001)]))
def test_scenes_follow_each_other_without_a_hole(durations: list[Fraction], fps: Fraction) -> None:
    """Each scene starts on the frame where the one before it ends."""
    scenes = place(map(_draft, durations), fps)

    assert scenes[0].start_frame == 0
    assert all(b.start_frame == a.end_frame for a, b in pairwise(scenes))
    assert all(scene.frames >= 1 for scene in scenes)


@given(DURATIONS, st.sampled_from([Fraction(24), Fraction(30), Fraction(30000, 1001)]))
def test_no_boundary_is_further_than_half_a_frame_from_its_time(
    durations: list[Fraction], fps: Fraction
) -> None:
    """Rounding is done once on the running sum, so it never adds up."""
    exact = Fraction(0)
    for scene, seconds in zip(place(map(_draft, durations), fps), durations, strict=True):
        exact += seconds
        assert abs(scene.end_frame - exact * fps) <= Fraction(1, 2)


def test_a_scene_shorter_than_a_frame_still_has_one() -> None:
    """Nothing that was asked for is left out."""
    scenes = place([_draft(Fraction(1, 1000))] * 3, Fraction(30))

    assert [scene.frames for scene in scenes] == [1, 1, 1]
