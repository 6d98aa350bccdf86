"""What a block shows: glyphs of every script, from the side that it starts at, in whole words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import skia

from preview_worker.render.colour import BLACK
from preview_worker.render.paint.block import Block, Style, set_text
from preview_worker.render.paint.text import balanced
from preview_worker.render.paint.tongue import speaking

if TYPE_CHECKING:
    from numpy.typing import NDArray

STYLE = Style(BLACK)


def ink(block: Block, width: int = 900, height: int = 200) -> NDArray[np.uint8]:
    """Return how dark each pixel is when ``block`` is painted at the left of a white sheet."""
    sheet = np.full((height, width, 4), 255, np.uint8)
    canvas = skia.Surface(sheet, skia.ColorType.kRGBA_8888_ColorType).getCanvas()
    block.paragraph.paint(canvas, 0, 0)
    return 255 - sheet[:, :, 1]


def inked(text: str, language: str = "", size: float = 60) -> NDArray[np.uint8]:
    """Return the ink of black ``text`` of a page in ``language``."""
    with speaking(language):
        return ink(set_text(text, STYLE, size, 900))


@pytest.mark.parametrize(
    "text",
    ["中", "か", "글", "ع", "ש", "ก", "अ", "অ", "த", "Ա", "ა", "→", "⚀", "♣", "⑳", "★", "🎲"],
)
def test_scripts_are_drawn_as_glyphs(text: str) -> None:
    """Their ink is there, and it is not that of the box which stands for what no font has."""
    drawn, box = inked(text), inked("ᚠ")

    assert drawn.any()
    assert not np.array_equal(drawn, box)


def test_every_region_has_its_own_shapes() -> None:
    """One ideograph, drawn for Japan, both kinds of Chinese and Korea."""
    shapes = {inked("骨", tag).tobytes() for tag in ("ja", "zh-CN", "zh-TW")}

    assert len(shapes) == 3
    assert inked("直", "ko").tobytes() != inked("直", "zh-CN").tobytes()


@pytest.mark.parametrize("text", ["中文", "한국", "日本", "♣"])
def test_bold_is_bolder_where_there_is_one_weight(text: str) -> None:
    """It is thickened while drawn."""
    bold = ink(set_text(text, replace(STYLE, weight=700), 60, 900))

    assert bold.sum() > 1.15 * inked(text).sum()


def columns(pixels: NDArray[np.uint8]) -> tuple[int, int]:
    """Return the first and the last column that has ink."""
    found = np.flatnonzero(pixels.any(axis=0))
    return int(found[0]), int(found[-1])


def test_arabic_starts_at_the_right_and_ends_with_its_full_stop() -> None:
    """At the left of the words, though the page as a whole runs from left to right."""
    words, sentence = inked("ابدأ الآن", "ar"), inked("ابدأ الآن.", "ar")
    (left, right), (left_with_stop, right_with_stop) = columns(words), columns(sentence)

    assert right == right_with_stop > 880
    assert left_with_stop < left
    assert np.array_equal(words[:, left + 4 :], sentence[:, left + 4 :])


def unlike(wanted: NDArray[np.uint8], sheet: NDArray[np.uint8]) -> float:
    """Return how much the ink of ``wanted`` differs from the place on ``sheet`` most like it.

    It is never nothing, since letters stand between pixels.
    """
    first, last = columns(wanted)
    cut_out = wanted[:, first : last + 1].astype(float)
    places = range(sheet.shape[1] - cut_out.shape[1])
    return min(float(np.abs(cut_out - sheet[:, x : x + cut_out.shape[1]]).mean()) for x in places)


def test_numbers_within_arabic_keep_their_order() -> None:
    """They are written from left to right, between words that are not."""
    arabic = inked("من 12 إلى", "ar")

    assert unlike(inked("12"), arabic) < unlike(inked("21"), arabic) / 2


def test_an_even_block_from_right_to_left_still_ends_at_the_right() -> None:
    """Its lines become shorter, its right edge is where its box has it."""
    with speaking("ar"):
        block = set_text("ضع اللوحة في منتصف الطاولة ثم وزع ثلاث بطاقات", STYLE, 40, 500)
        even = balanced(block)
    first, last = columns(ink(even))

    assert even.width < block.width
    assert even.start_x(100, 600) + last == pytest.approx(600, abs=4)
    assert first > 0


def test_korean_lines_break_between_words() -> None:
    """Like in a language with spaces: a word that does not fit goes to the next line."""
    whole = set_text("카드를", STYLE, 40, 900).longest
    block = set_text("한 카드를", STYLE, 40, whole + 20)

    assert block.longest == pytest.approx(whole, abs=1)


@pytest.mark.parametrize("word", ["straightforward", "mushrooms", "WWWWWWWWWW"])
def test_no_word_is_taken_for_whole_that_is_broken(word: str) -> None:
    """Not even when only its last letter goes to the next line."""
    whole = set_text(word, STYLE, 40, 2000).longest

    assert set_text(f"a {word}", STYLE, 40, whole + 1).least_width <= whole + 1
    assert set_text(f"a {word}", STYLE, 40, whole - 1).least_width > whole - 1
