"""Fields are found under every name that producers give them, in a fixed order."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.timeline.fields import (
    SPOKEN,
    TITLES,
    Located,
    as_text,
    duration_s,
    first_text,
    located,
    number,
)

FPS = Fraction(30)


@pytest.mark.parametrize("names", [SPOKEN, TITLES])
def test_the_first_name_wins(names: tuple[str, ...]) -> None:
    """Taking away one after the other, the next one speaks."""
    record = {name: f"from {name}" for name in reversed(names)}
    for name in names:
        assert first_text(Located(record, ""), names) == f"from {name}"
        del record[name]


@pytest.mark.parametrize(
    ("record", "seconds"),
    [
        ({"durationSec": 2.5, "durationMs": 9000}, Fraction(5, 2)),
        ({"durationMs": 1500}, Fraction(3, 2)),
        ({"estimatedDurationMs": "2000"}, Fraction(2)),
        ({"duration": 4}, Fraction(4)),
        ({"durationInFrames": 45}, Fraction(3, 2)),
        ({"startTime": 10, "endTime": 14.5}, Fraction(9, 2)),
        ({"startTime": 10}, Fraction(5)),
        ({"endTime": 3}, Fraction(3)),
        ({"durationSec": None}, None),
        ({}, None),
    ],
)
def test_durations_are_exact(record: dict[str, Any], seconds: Fraction | None) -> None:
    """Whatever the unit, the result is a fraction of seconds."""
    assert duration_s(Located(record, ""), FPS) == seconds


@pytest.mark.parametrize(
    "record",
    [
        {"durationSec": 0},
        {"durationSec": -1},
        {"durationSec": "soon"},
        {"durationSec": True},
        {"durationSec": "nan"},
        {"durationSec": "1e-400000000"},
        {"durationSec": 1e300},
        {"durationMs": []},
        {"startTime": 5, "endTime": 5},
    ],
)
def test_a_duration_that_cannot_be_kept_is_refused(record: dict[str, Any]) -> None:
    """The message says where it stands."""
    with pytest.raises(PreviewError, match="/previewRequest/steps/3/") as caught:
        duration_s(Located(record, "/previewRequest/steps/3"), FPS)

    assert caught.value.code is ErrorCode.PAYLOAD


@pytest.mark.parametrize("text", ["1e-300", "1e300", "0.1", "-7"])
def test_numbers_come_from_text_at_once(text: str) -> None:
    """No exponent makes a number of a million digits."""
    assert float(number(text, "") or 0) == pytest.approx(float(text))


def test_lists_and_numbers_read_as_text() -> None:
    """One line for each member; what is no text is empty."""
    assert as_text(["one", 2, None, {"a": 1}, "three"]) == "one\n2\nthree"
    assert as_text(value=True) == ""
    assert as_text({"a": 1}) == ""


def test_nested_fields_are_followed_as_far_as_they_go() -> None:
    """Through objects and lists, and no further."""
    item = Located({"visuals": [{"assetId": "x"}], "imageUrls": []}, "")

    assert item.get("visuals", "0", "assetId") == "x"
    assert item.get("imageUrls", "0") is None
    assert item.get("visuals", "first") is None
    assert item.get("visuals", "0", "assetId", "deeper") is None


def test_a_list_holds_records_and_strings_only() -> None:
    """Anything else is named by its place."""
    assert located(["text"], "/s")[0].record == {"text": "text"}
    with pytest.raises(PreviewError, match="/s/1 must be"):
        located([{}, 7], "/s")
    with pytest.raises(PreviewError, match="/s must be a list"):
        located("text", "/s")
