"""Places and times of decoration, in whatever way they are written."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from preview_worker.render.model import Region
from preview_worker.render.timeline.places import (
    frame_of,
    middle_of,
    rectangle,
    rectangle_in,
    share,
    spot,
    spot_in,
    time_s,
)
from tests.unit.render.timeline.lively import record


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"x": 0.25, "y": 0.5}, (0.25, 0.5)),
        ([0.25, "0.5"], (0.25, 0.5)),
        ({"x": 0.25}, None),
        ([1], None),
        ("center", None),
        (None, None),
    ],
)
def test_a_spot_is_two_numbers(value: Any, found: Any) -> None:
    """By name or in a list; anything else is none."""
    assert spot(value) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"x": 0.1, "y": 0.2, "width": 0.3, "height": 0.4}, Region(0.1, 0.2, 0.3, 0.4)),
        ({"x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4}, Region(0.1, 0.2, 0.3, 0.4)),
        ({"x": 0.1, "y": 0.2, "width": 0, "height": 0.4}, None),
        ({"x": 0.1, "y": 0.2}, None),
        ([1, 2, 3, 4], None),
    ],
)
def test_a_rectangle_has_a_corner_and_sides(value: Any, found: Any) -> None:
    """Sides of nothing are none."""
    assert rectangle(value) == found


def test_a_record_names_its_place_or_is_it() -> None:
    """The name goes first."""
    own = {"x": 0.1, "y": 0.1, "width": 0.2, "height": 0.2}

    assert rectangle_in(record(**own)) == Region(**own)
    assert rectangle_in(record(bounds=own, x=0.5, y=0.5)) == Region(**own)
    assert spot_in(record(target={"x": 0.3, "y": 0.4}, x=0.9, y=0.9)) == (0.3, 0.4)
    assert spot_in(record(x=0.9, y=0.8)) == (0.9, 0.8)


def test_the_middle_of_a_rectangle() -> None:
    """Half of its sides from its corner."""
    assert middle_of(Region(0.2, 0.4, 0.4, 0.2)) == pytest.approx((0.4, 0.5))


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({"startSec": 1.5}, Fraction(3, 2)),
        ({"start_sec": "1.5"}, Fraction(3, 2)),
        ({"startMs": 250}, Fraction(1, 4)),
        ({"start": 2}, Fraction(2)),
        ({"startSec": "soon"}, None),
        ({}, None),
    ],
)
def test_times_have_many_names(fields: dict[str, Any], seconds: Fraction | None) -> None:
    """And one unit in the end."""
    assert time_s(record(**fields), "start") == seconds


@pytest.mark.parametrize("value", ["much", True, [], {}, float("nan"), "1e999"])
def test_what_is_no_number_is_none(value: Any) -> None:
    """Decoration never stops a preview."""
    assert share(value) is None


def test_a_frame_is_the_nearest() -> None:
    """And never before the first."""
    assert [frame_of(Fraction(n, 100), Fraction(30)) for n in (-5, 0, 1, 2, 50)] == [0, 0, 0, 1, 15]
