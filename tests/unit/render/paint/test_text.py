"""Text is fitted by measuring, and paged rather than cut."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preview_worker.render.model import Colour
from preview_worker.render.paint.text import (
    HYPHENS_WORTH,
    Style,
    balanced,
    cut,
    fit,
    fits,
    paginate,
    typeset,
)
from preview_worker.render.paint.tongue import speaking
from preview_worker.render.wording import clean

STYLE = Style(Colour(255, 255, 255))
TEXTS = [
    "Short.",
    "Deal three cards to everyone and turn up four more beside the river. " * 4,
    "Donaudampfschifffahrtsgesellschaftskapitän",
    "x" * 20_000,
    "👩‍👩‍👧 🎲 🏮 " * 60,
    "Z" + "\u0301\u0302\u0303" * 3 + "algo " * 80,
    "عربي ואז English 中文 " * 30,
]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize("box", [(900, 400), (300, 120)])
def test_pages_fit_their_box_and_lose_nothing(text: str, box: tuple[float, float]) -> None:
    """Given enough pages, every character is on one of them."""
    text = clean(text)
    pages, lost = paginate(text, STYLE, 40, box, 10_000)

    assert not lost
    assert "".join("".join(pages).split()) == "".join(text.split())
    for page in pages:
        assert fits(typeset(page, STYLE, 40, box[0]), box[1], whole_words=False)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=400).map(clean), st.integers(1, 3))
def test_at_most_as_many_pages_as_allowed(text: str, most: int) -> None:
    """And an ellipsis where that was not enough."""
    pages, lost = paginate(text, STYLE, 40, (300, 120), most)

    assert len(pages) <= most
    assert not lost or pages[-1].endswith("…")


def test_the_largest_size_that_fits_is_used() -> None:
    """One more would not fit."""
    text = TEXTS[1]
    block = fit(text, STYLE, 900, 400, (20, 90))

    assert 20 < block.size < 90
    assert fits(block, 400, whole_words=True)
    assert not fits(typeset(text, STYLE, block.size + 1, 900), 400, whole_words=True)


def test_a_long_word_shrinks_the_text_before_it_is_broken() -> None:
    """So that it stays whole where it can."""
    block = fit(TEXTS[2], STYLE, 600, 400, (12, 90))

    assert block.height < 2 * block.size * 1.4
    assert block.longest <= 600


def test_pages_end_with_sentences() -> None:
    """Rather than within one."""
    pages, _ = paginate(TEXTS[1], STYLE, 40, (700, 180), 10)

    assert [page[-1] for page in pages] == ["."] * len(pages)


def test_cut_text_says_so() -> None:
    """With an ellipsis; what fits is left alone."""
    assert cut("Short.", STYLE, 40, (900, 100)) == "Short."
    assert cut(TEXTS[1], STYLE, 40, (300, 60)).endswith("…")


def test_balanced_lines_are_no_more_than_before() -> None:
    """Only of more even length."""
    block = typeset("Gather round the table and begin", STYLE, 60, 700)
    even = balanced(block)

    assert even.height == block.height
    assert even.longest <= block.longest


WORD = "Geschwindigkeitsbegrenzung"


def test_a_word_that_no_size_fits_is_divided() -> None:
    """With a hyphen, while the block keeps the text as it was."""
    with speaking("de"):
        block = fit(WORD, STYLE, 300, 400, (40, 60))

    assert block.text == WORD
    assert block.shown.replace("\u2010\u200b", "") == WORD
    assert "\u2010" in block.shown
    assert fits(block, 400, whole_words=True)


def test_a_word_is_divided_when_that_makes_it_much_larger() -> None:
    """And stays whole when it does not."""
    with speaking("de"):
        wide = fit(WORD, STYLE, 900, 300, (20, 70))
        narrow = fit(WORD, STYLE, 400, 300, (20, 70))
    whole = fit(WORD, STYLE, 400, 300, (20, 70))

    assert wide.shown == WORD
    assert narrow.size >= HYPHENS_WORTH * whole.size


def test_a_hyphen_stays_on_the_line_of_its_word() -> None:
    """Every line is as wide as the part of the word on it, at any width."""
    with speaking("de"):
        for width in range(250, 550, 7):
            block = typeset(WORD, STYLE, 40, width)
            parts = block.shown.split("\u200b")
            alone = [typeset(part, STYLE, 40, 2000).longest for part in parts]
            assert block.longest == pytest.approx(max(alone), abs=1), width
            assert max(alone) <= width


def test_divided_words_are_not_evened_out() -> None:
    """Their hyphens are made for the lines that they are on."""
    with speaking("de"):
        block = typeset(f"Die {WORD} gilt", STYLE, 40, 300)

    assert balanced(block) is block


@pytest.mark.parametrize("box", [(900, 400), (300, 120)])
def test_pages_with_divided_words_lose_nothing(box: tuple[float, float]) -> None:
    """The hyphens are on no page's text."""
    text = f"Die {WORD}süberschreitung gilt. " * 9
    with speaking("de"):
        pages, lost = paginate(text, STYLE, 40, box, 1000)
        blocks = [typeset(page, STYLE, 40, box[0]) for page in pages]

    assert not lost
    assert "".join("".join(pages).split()) == "".join(text.split())
    assert all(fits(block, box[1], whole_words=False) for block in blocks)


def test_author_hyphens_are_drawn_only_where_a_word_is_divided() -> None:
    """A soft hyphen is invisible elsewhere."""
    soft = f"{WORD[:15]}\u00ad{WORD[15:]}"

    assert typeset(soft, STYLE, 40, 900).longest == typeset(WORD, STYLE, 40, 900).longest
    assert "\u2010" in typeset(soft, STYLE, 40, 400).shown
