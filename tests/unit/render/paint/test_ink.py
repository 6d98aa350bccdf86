"""Contrast is measured on the pixels that words stand on."""

from __future__ import annotations

import numpy as np
import pytest

from preview_worker.render.model import Colour, Picture, PictureRef
from preview_worker.render.paint import Painter
from preview_worker.render.paint.ink import (
    cut_out,
    has_veils,
    ink_box,
    luminances,
    measure_ink,
    opacity,
    thinned,
    veiled,
    without_veils,
    worst_contrast,
)
from preview_worker.render.paint.page import Backdrop, Box, Ground, Page, Panel, Words
from preview_worker.render.paint.text import Style, typeset
from preview_worker.render.palette import DARK, WHITE, contrast, luminance
from tests.unit.render.jobs import timeline_of

BLACK, GREY = Colour(0, 0, 0), Colour(90, 90, 90)
REF = PictureRef(("a.png",), "/here")
PLACE = Box(200, 200, 600, 100)


def _words(text: str = "Moss", box: Box = PLACE) -> Words:
    return Words(typeset(text, Style(WHITE), 60, box.width), box)


def _painter(picture: Picture | None = None, size: str = "1280x720") -> Painter:
    def pictures(_ref: PictureRef) -> Picture:
        assert picture is not None
        return picture

    return Painter(timeline_of(options={"resolution": size}).profile, pictures)


def _flat(colour: Colour, size: tuple[int, int] = (40, 40)) -> Picture:
    width, height = size
    return Picture(width, height, bytes((*colour, 255)) * (width * height))


@pytest.mark.parametrize("size", ["1280x720", "640x360", "1080x1920", "320x180"])
def test_contrast_on_a_flat_ground_is_that_of_the_two_colours(size: str) -> None:
    """Whatever the size of the preview."""
    (seen,) = _painter(size=size).legibility(Page(Ground(GREY), (_words(),)))

    assert seen.ratio == pytest.approx(contrast(WHITE, GREY), rel=0.001)


def test_a_panel_behind_words_counts_and_one_elsewhere_does_not() -> None:
    """What is read on is what lies under the ink."""
    under = Panel(Box(150, 150, 800, 300), 10, BLACK)
    aside = Panel(Box(1000, 600, 300, 300), 10, WHITE)
    (seen,) = _painter().legibility(Page(Ground(GREY), (under, aside, _words())))

    assert seen.ratio == pytest.approx(21, rel=0.001)


def test_the_words_themselves_do_not_count() -> None:
    """Nor do those that stand over them."""
    words = _words("████████")
    (seen, _) = _painter().legibility(Page(Ground(BLACK), (words, words)))

    assert seen.ratio == pytest.approx(21, rel=0.001)


def test_a_picture_is_measured_where_the_words_stand_on_it() -> None:
    """White words on a white picture cannot be read."""
    page = Page(Ground(BLACK), (Backdrop(REF, Box(0, 0, 1920, 1080)), _words()))
    (seen,) = _painter(_flat(WHITE, (1920, 1080))).legibility(page)

    assert seen.ratio == pytest.approx(1, abs=0.02)


def test_a_stripe_under_a_few_letters_is_told_and_a_speck_is_not() -> None:
    """A twentieth of the pixels may be worse."""
    pixels = np.zeros((100, 100, 4), np.uint8)
    pixels[:, :4] = 255
    speck = worst_contrast(WHITE, pixels)
    pixels[:, :6] = 255

    assert speck == pytest.approx(21)
    assert worst_contrast(WHITE, pixels) == pytest.approx(1)


def test_luminance_is_that_of_wcag() -> None:
    """For every channel."""
    colours = [Colour(200, 10, 90), Colour(1, 255, 3), Colour(0, 4, 250)]
    pixels = np.array([[(*colour, 255) for colour in colours]], np.uint8)

    assert luminances(pixels)[0] == pytest.approx([luminance(one) for one in colours], abs=1e-5)


def test_ink_is_narrower_than_its_box() -> None:
    """By its alignment: the box of a centred word begins before the word."""
    block = typeset("Moss", Style(WHITE, align="center"), 60, 600)
    ink = ink_box(Words(block, Box(100, 50, 600, 100)))

    assert ink.x + ink.width / 2 == pytest.approx(400)
    assert ink.width == block.longest < 300


def test_what_reaches_over_the_edge_is_measured_up_to_it() -> None:
    """And a box off the page still gives a pixel."""
    pixels = np.zeros((270, 480, 4), np.uint8)

    assert cut_out(pixels, Box(1900, 1000, 200, 200)).shape == (20, 5, 4)
    assert cut_out(pixels, Box(5000, -90, 10, 10)).size == 4
    (seen,) = measure_ink(Page(Ground(BLACK), (_words(box=Box(1890, 0, 600, 99)),)), pixels)
    assert seen.ratio == pytest.approx(21)


def test_a_thinned_picture_keeps_its_shape_and_its_colours() -> None:
    """Every fourth row and column, nothing mixed."""
    checked = np.zeros((80, 120, 4), np.uint8)
    checked[:, ::2] = 255
    picture = Picture(120, 80, checked.tobytes())
    small = thinned(lambda _: picture, 0.25)(REF)

    assert (small.width_px, small.height_px) == (30, 20)
    assert set(small.rgba) <= {0, 255}
    assert thinned(lambda _: picture, 2.0)(REF) is picture


def test_measuring_leaves_the_page_alone() -> None:
    """The same pixels are painted before and after."""
    painter, page = _painter(), Page(Ground(GREY), (_words(),))
    before = painter.paint_page(page)
    painter.legibility(page)

    assert painter.paint_page(page) == before


@pytest.mark.parametrize("tone", [0, 90, 180, 255])
@pytest.mark.parametrize(("ink", "veil"), [(WHITE, BLACK), (Colour(15, 23, 42), WHITE)])
def test_a_veil_is_as_opaque_as_its_words_need(tone: int, ink: Colour, veil: Colour) -> None:
    """And no more: one step less would not do."""
    under = np.full((20, 20, 4), tone, np.uint8)
    share = opacity(ink, veil, under, 0.1)

    def ratio(alpha: float) -> float:
        grey = round(tone * (1 - alpha) + veil.red * alpha)
        return contrast(ink, Colour(grey, grey, grey))

    assert ratio(share) >= 7
    assert share <= 0.11 or ratio(share - 0.06) < 7.8


def test_a_veil_has_at_least_the_opacity_that_it_asks_for() -> None:
    """Where the picture would not need it."""
    dark = np.zeros((4, 4, 4), np.uint8)

    assert opacity(WHITE, BLACK, dark, 0.6) == pytest.approx(0.6)


def test_veils_are_settled_when_a_page_is_planned() -> None:
    """More opaque over a white picture than over a black one, and the words are read on both."""
    panel = Panel.veil(PLACE, 10, DARK, WHITE)
    page = Page(Ground(BLACK), (Backdrop(REF, Box(0, 0, 1920, 1080)), panel, _words()))
    alphas = []
    for tone in (WHITE, BLACK):
        pixels = np.full((270, 480, 4), tone.red, np.uint8)
        settled = veiled(page, pixels).items[1]
        assert isinstance(settled, Panel)
        assert settled.reads is None
        alphas.append(settled.alpha)

    assert has_veils(page)
    assert alphas[0] > alphas[1] == pytest.approx(DARK.cover)
    assert without_veils(page).items == page.items[:1]
