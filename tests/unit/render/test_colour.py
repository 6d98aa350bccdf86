"""Colours are read in many spellings, compared, and made readable."""

from __future__ import annotations

import pytest

from preview_worker.render.colour import (
    BLACK,
    WHITE,
    Colour,
    blend,
    contrast,
    far_from,
    read_colour,
    readable,
)


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("#38bdf8", Colour(0x38, 0xBD, 0xF8)),
        ("0xF5D76E", Colour(0xF5, 0xD7, 0x6E)),
        ("38BDF8", Colour(0x38, 0xBD, 0xF8)),
        ("#fff", WHITE),
        ("#11223344", Colour(0x11, 0x22, 0x33)),
        (" White ", WHITE),
        ("black@.7", Colour(0, 0, 0)),
        ("mauve-ish", None),
        ("", None),
        ("#12345", None),
    ],
)
def test_colours_are_read_as_producers_write_them(text: str, colour: Colour | None) -> None:
    """Hexadecimal with and without a mark, names, and an alpha that is dropped."""
    assert read_colour(text) == colour


def test_contrast_is_that_of_wcag() -> None:
    """White on black is 21 to 1, a colour on itself 1 to 1."""
    assert contrast(WHITE, Colour(0, 0, 0)) == pytest.approx(21)
    assert contrast(WHITE, WHITE) == pytest.approx(1)
    assert contrast(Colour(0x77, 0x77, 0x77), WHITE) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("ground", [BLACK, WHITE, Colour(200, 30, 90), Colour(119, 119, 119)])
def test_a_colour_is_made_readable_towards_the_end_that_is_far_from_its_ground(
    ground: Colour,
) -> None:
    """Lighter on a dark ground, darker on a light one."""
    found = readable(blend(ground, far_from(ground), 0.2), ground, 4.5)

    assert contrast(found, ground) >= 4.5
    assert contrast(found, far_from(ground)) < contrast(ground, far_from(ground))


def test_a_readable_colour_stays_as_it_is() -> None:
    """No further than needed."""
    assert readable(Colour(250, 240, 90), BLACK, 7) == Colour(250, 240, 90)


def test_what_cannot_reach_a_ratio_is_the_far_end() -> None:
    """Nothing has 10 to 1 on a middle grey."""
    assert readable(Colour(119, 119, 119), Colour(119, 119, 119), 10) in {BLACK, WHITE}
