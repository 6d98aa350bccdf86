"""Words and pictures find their places by the shape of the page and of the pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from preview_worker.render.paint.arrangement import COMPOSITIONS, Arrangement, arrange
from preview_worker.render.paint.page import Box, Extent, Size
from preview_worker.render.palette import THEMES

PAGES = {
    "16:9": Extent(1920, 1080, 1),
    "9:16": Extent(1080, 1920, 1),
    "1:1": Extent(1080, 1080, 1),
    "4:3": Extent(1440, 1080, 1),
}
PHOTO, TALL, BANNER = Size(3200, 2000), Size(1200, 3000), Size(4000, 500)
ICON = Size(72, 72)


LOOKS = Path(__file__).parents[4] / "docs" / "looks.md"


def _touch(one: Box, other: Box) -> bool:
    return (
        one.x < other.right
        and other.x < one.right
        and one.y < other.bottom
        and other.y < one.bottom
    )


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", [*COMPOSITIONS, "", "no such composition"])
@pytest.mark.parametrize("size", [PHOTO, TALL, BANNER, ICON])
def test_everything_keeps_to_the_page_and_out_of_each_others_way(
    page: str, name: str, size: Size
) -> None:
    """Within the safe area, with room for words; only a full bleed goes under them."""
    extent = PAGES[page]
    found = arrange(name, [size], extent)

    assert found.words.x >= 0.05 * extent.width
    assert found.words.right <= 0.95 * extent.width + 0.01
    assert found.words.y >= 0.05 * extent.height
    assert found.words.bottom <= 0.95 * extent.height
    assert found.words.width >= 380
    assert found.words.height >= 280
    if found.picture and not found.over:
        assert not _touch(found.words, found.picture)


def _right(found: Arrangement) -> bool:
    return found.picture is not None and found.picture.x > found.words.right


def test_a_photograph_stands_right_of_its_words() -> None:
    """Where nothing else is asked for and the page is wide."""
    assert _right(arrange("", [PHOTO], PAGES["16:9"]))


def test_a_banner_stands_above_its_words() -> None:
    """Over the whole width."""
    found = arrange("", [BANNER], PAGES["16:9"])

    assert found.picture is not None
    assert found.picture.bottom < found.words.y
    assert found.picture.width == pytest.approx(1680)


@pytest.mark.parametrize("page", ["9:16", "1:1"])
def test_a_photograph_stands_above_its_words_on_a_narrow_page(page: str) -> None:
    """Even when it was asked to stand beside them."""
    for name in ("", "imageLeftTextRight", "imageRightTextLeft"):
        found = arrange(name, [PHOTO], PAGES[page])
        assert found.picture is not None
        assert found.picture.bottom < found.words.y


def test_a_tall_picture_leaves_more_room_to_its_words() -> None:
    """It needs a narrower column."""
    tall, photo = (arrange("", [size], PAGES["16:9"]) for size in (TALL, PHOTO))

    assert _right(tall)
    assert tall.words.width > 1.3 * photo.words.width


def test_a_picture_on_the_left_takes_the_badge_to_the_right() -> None:
    """Above the words that it belongs to."""
    found = arrange("imageLeftTextRight", [PHOTO], PAGES["16:9"])

    assert found.picture is not None
    assert found.picture.right < found.words.x == found.head[0]


def test_a_full_bleed_covers_the_page() -> None:
    """With its words in the lower half."""
    found = arrange("fullBleed", [PHOTO], PAGES["16:9"])

    assert found.picture == (0, 0, 1920, 1080)
    assert found.over
    assert found.words.y > 0.4 * 1080


@pytest.mark.parametrize("size", [TALL, BANNER])
def test_a_picture_that_would_not_cover_the_page_does_not_bleed(size: Size) -> None:
    """Nor do several."""
    assert not arrange("fullBleed", [size], PAGES["16:9"]).over
    assert not arrange("fullBleed", [PHOTO, PHOTO], PAGES["16:9"]).over


def test_an_icon_leaves_the_page_to_its_words() -> None:
    """Its column is no wider than it needs."""
    found = arrange("", [ICON], PAGES["16:9"])

    assert found.picture is not None
    assert found.picture.width < 300


def test_words_alone_keep_to_a_width_that_can_be_read() -> None:
    """On a wide page; a narrow one has no more than that."""
    assert arrange("fullBleed", [], PAGES["16:9"]).words.width < 1300
    assert arrange("", [], PAGES["9:16"]).words.width > 880


def test_the_documents_name_every_composition_and_every_theme() -> None:
    """With what it does."""
    text = LOOKS.read_text(encoding="utf-8")

    assert [name for name in (*COMPOSITIONS, *THEMES) if f"| `{name}`" not in text] == []
