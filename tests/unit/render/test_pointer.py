"""What points at things comes and goes at its own time."""

from __future__ import annotations

from preview_worker.render.pointer import ALWAYS, Appearance


def test_it_comes_evenly_and_stays() -> None:
    """Its first frame is no longer without it."""
    on = Appearance(start_frame=10, rise_frames=3)

    assert [on.opacity(frame) for frame in (9, 10, 11, 12, 13, 500)] == [0, 0.25, 0.5, 0.75, 1, 1]


def test_it_goes_as_it_came() -> None:
    """Its last frame is the one before its end."""
    on = Appearance(start_frame=0, end_frame=20, rise_frames=3)

    assert [on.opacity(frame) for frame in (16, 17, 18, 19, 20)] == [1, 0.75, 0.5, 0.25, 0]


def test_it_may_be_there_at_once() -> None:
    """And for as long as its scene."""
    assert ALWAYS.opacity(0) == 1
    assert Appearance(start_frame=5).opacity(4) == 0
    assert Appearance(start_frame=5).opacity(5) == 1


def test_every_change_lies_in_a_stretch_or_begins_with_its_end() -> None:
    """A picture is painted anew in all of them, so none is missed."""
    for rise in (0, 3):
        on = Appearance(start_frame=5, end_frame=30, rise_frames=rise)
        starts = {
            frame for first, after in on.changing_spans() for frame in range(first, after + 1)
        }
        changes = {frame for frame in range(1, 40) if on.opacity(frame) != on.opacity(frame - 1)}
        assert changes <= starts
