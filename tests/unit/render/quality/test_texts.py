"""Texts that are too small, off the page, over each other or hard to read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from preview_worker.contract import PixelBox
from preview_worker.render.model import Colour
from preview_worker.render.paint.page import Box, Point, Signs, Tag
from preview_worker.render.pointer import ALWAYS
from preview_worker.render.quality.texts import judge_contrast, judge_texts
from tests.unit.render.quality.pages import WHITE, Look, codes, page, painter, words

GREY = Colour(140, 140, 140)  # 6.2 to 1 on black: AA, but not the 7 of a preview
DARK = Colour(90, 90, 90)  # 2.9 to 1 on black


def test_a_page_with_nothing_wrong_has_no_finding() -> None:
    """Two texts, large, white on black, apart."""
    good = page(words("A title", look=Look(60, role="title")), words("A body", y=500))

    assert list(judge_texts(good, painter())) == []
    assert list(judge_contrast(good, painter())) == []


@pytest.mark.parametrize(
    ("look", "least", "severity"),
    [
        (Look(39), 40, "warning"),
        (Look(47, role="title"), 48, "warning"),
        (Look(23), 40, "error"),
        (Look(23, role="badge"), 24, "error"),
    ],
)
def test_a_text_below_its_least_size_is_told(look: Look, least: int, severity: str) -> None:
    """Titles 48, everything else 40; below 24, where nobody can read it, it is an error."""
    (finding,) = judge_texts(page(words("Small", look=look)), painter())

    assert (finding.code, finding.severity) == ("text.small", severity)
    assert (finding.measured, finding.limit) == (look.size, least)


@pytest.mark.parametrize("look", [Look(40), Look(48, role="title"), Look(24, role="badge")])
def test_a_text_of_its_least_size_is_fine(look: Look) -> None:
    """The limits themselves are allowed, and a sign in a tile may be small."""
    assert list(judge_texts(page(words("Fine", look=look)), painter())) == []


def test_the_box_is_told_in_pixels_of_the_profile() -> None:
    """A sixth of the design units at 180 lines."""
    small = words("Small", 600, 300, Look(30))
    (finding,) = judge_texts(page(small), painter())

    assert isinstance(finding.box, PixelBox)
    assert finding.box[:2] == (100, 50)
    assert finding.box.height == pytest.approx(small.block.height / 6, abs=1)


def test_a_text_off_the_page_is_an_error() -> None:
    """Half of it cannot be seen."""
    (finding,) = judge_texts(page(words("Half a text", 1850)), painter())

    assert (finding.code, finding.severity) == ("text.overflow", "error")
    assert finding.measured is not None
    assert finding.measured > 0


def test_a_text_that_is_larger_than_its_box_is_an_error() -> None:
    """It would run into whatever is below."""
    tall = words("Large")
    squeezed = replace(tall, box=Box(300, 300, tall.box.width, 20))

    assert codes(list(judge_texts(page(squeezed), painter()))) == [("text.overflow", "error")]


def test_a_text_near_the_edge_is_a_warning() -> None:
    """The outer 5 % are 96 units at the sides; 36 of them are used."""
    (finding,) = judge_texts(page(words("Edge", 60)), painter())

    assert (finding.code, finding.severity, finding.measured) == ("text.unsafe", "warning", 6.0)


def test_texts_over_each_other_are_an_error() -> None:
    """The box is what they have in common."""
    (finding,) = judge_texts(page(words("One"), words("Other", y=330)), painter())

    assert (finding.code, finding.severity) == ("text.overlap", "error")
    assert finding.box is not None
    assert finding.box.y == 55


@pytest.mark.parametrize(("colour", "severity"), [(GREY, "warning"), (DARK, "error")])
def test_low_contrast_is_told_as_it_was_measured(colour: Colour, severity: str) -> None:
    """On the pixels behind the text; below 4.5 to 1 it is an error."""
    (finding,) = judge_contrast(page(words("Grey", look=Look(colour=colour))), painter())

    assert (finding.code, finding.severity, finding.limit) == ("contrast.low", severity, 7.0)
    assert finding.measured == pytest.approx(6.25 if colour == GREY else 3.1, abs=0.15)


def test_spaces_are_no_text() -> None:
    """Nothing is told of what nobody sees."""
    spaces = page(words("  ", look=Look(10, DARK)))

    assert list(judge_texts(spaces, painter())) == []
    assert list(judge_contrast(spaces, painter())) == []


def test_the_words_of_a_callout_are_judged_too() -> None:
    """They are read like any other text."""
    label = words("Here", 700, 700, Look(30))
    tag = Tag(label, label.box, Point(500, 500), WHITE, ALWAYS)

    (finding,) = judge_texts(page(Signs(Box(0, 0, 1920, 1080), (tag,))), painter())
    assert (finding.code, finding.measured) == ("text.small", 30.0)
