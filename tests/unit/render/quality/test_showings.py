"""When the texts of a scene are on."""

from __future__ import annotations

from preview_worker.render.paint.page import Words
from preview_worker.render.quality.showings import Showing, showings
from tests.unit.render.quality.pages import Look, page, words

ONE, OTHER = words("One"), words("Other", y=600)


def times(*texts: tuple[Words, ...]) -> list[tuple[str, int, int]]:
    """Return what is on and when, of pages of ten frames each."""
    pages = [(10 * n, 10 * n + 10, page(*items)) for n, items in enumerate(texts)]
    return sorted((one.words.block.text, one.start, one.end) for one in showings(pages))


def test_a_text_that_stays_over_pages_is_one() -> None:
    """With the time of all of them."""
    assert times((ONE,), (ONE, OTHER), (ONE,)) == [("One", 0, 30), ("Other", 10, 20)]


def test_a_text_that_comes_back_is_another_one() -> None:
    """It was away in between."""
    assert times((ONE,), (OTHER,), (ONE,)) == [("One", 0, 10), ("One", 20, 30), ("Other", 10, 20)]


def test_the_same_words_elsewhere_are_another_text() -> None:
    """Somebody's eyes have to find them again."""
    assert times((ONE,), (words("One", y=500),)) == [("One", 0, 10), ("One", 10, 20)]


def test_signs_are_left_out() -> None:
    """The digits of a badge, and the name that stands where a picture lacks."""
    signs = [words("1", look=Look(role=role)) for role in ("badge", "placeholder")]

    assert times(tuple(signs)) == []


def test_a_showing_knows_its_text() -> None:
    """As it stands on the page."""
    assert showings([(0, 10, page(ONE))]) == [Showing(ONE, 0, 10)]
