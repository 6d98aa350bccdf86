"""Colours are read in many spellings and are readable where we choose them."""

from __future__ import annotations

import pytest

from preview_worker.render.model import Colour
from preview_worker.render.palette import (
    SECTIONS,
    WHITE,
    contrast,
    read_colour,
    readable,
    section_of,
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


@pytest.mark.parametrize("name", SECTIONS)
def test_every_accent_can_be_made_readable_on_its_ground(name: str) -> None:
    """Lightened no further than needed, it reaches 7 to 1."""
    section = SECTIONS[name]

    assert contrast(readable(section.accent, section.ground, 7), section.ground) >= 7


def test_an_unknown_section_has_the_default_colours() -> None:
    """So that any word may name one."""
    assert section_of("no such section") == SECTIONS["default"]
