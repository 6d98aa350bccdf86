"""Lists: every row on a page, all of them readable, none over another."""

from __future__ import annotations

import itertools

import pytest

from preview_worker.render.model import Row, RowsCard
from preview_worker.render.paint.page import Box, Extent, Panel, Spread, Words
from preview_worker.render.paint.rows import plan_rows
from preview_worker.render.paint.theme import MIN_BODY, MIN_TITLE
from preview_worker.render.palette import DARK

EXTENTS = [Extent(1920, 1080, 6), Extent(1080, 1926, 6), Extent(1350, 1080, 6)]
LONG = "Shuffle the tiles, deal three to everyone, and turn up four more beside the river."


def spread_of(
    *rows: Row, lead: str = "", title: str = "Set up", extent: Extent = EXTENTS[0]
) -> Spread:
    """Return the pages of a list."""
    card = RowsCard("3", "of 7", title, rows, lead)
    return plan_rows(card, DARK.scheme("setup"), extent)


def words_of(spread: Spread) -> list[list[Words]]:
    """Return the texts of every page."""
    return [[item for item in page.items if isinstance(item, Words)] for page in spread.pages]


def numbered(*texts: str) -> tuple[Row, ...]:
    """Return rows with their numbers."""
    return tuple(Row(str(number), text) for number, text in enumerate(texts, 1))


def touch(one: Box, other: Box) -> bool:
    """Tell whether two boxes share more than an edge."""
    return (
        one.x < other.right - 0.5
        and other.x < one.right - 0.5
        and one.y < other.bottom - 0.5
        and other.y < one.bottom - 0.5
    )


@pytest.mark.parametrize("extent", EXTENTS)
@pytest.mark.parametrize(
    "rows",
    [
        numbered("Shuffle.", "Deal."),
        numbered(*[LONG] * 9),
        numbered(*["Card"] * 13),
        (Row("End", "It ends."), Row("", "x" * 300), Row("1–5", LONG * 12)),
        (Row("a very long mark that nobody should write", "Words."),),
        (),
    ],
)
def test_rows_stay_on_the_page_and_off_each_other(rows: tuple[Row, ...], extent: Extent) -> None:
    """With words above them or without, on wide pages and tall ones."""
    for lead in ("", LONG):
        for page in words_of(spread_of(*rows, lead=lead, extent=extent)):
            for one in page:
                assert one.box.x >= 0.05 * extent.width
                assert one.box.x + one.block.longest <= 0.95 * extent.width + 1.5
                assert one.box.bottom <= extent.height - 89
                assert one.block.size >= (MIN_TITLE if one.role == "title" else 28)
                assert one.block.size >= MIN_BODY or one.role == "badge"
            boxes = [one.box for one in page]
            assert not any(touch(a, b) for a, b in itertools.combinations(boxes, 2))


def test_nothing_is_lost_when_rows_need_pages() -> None:
    """They come in their order."""
    texts = [f"{LONG} ({number})" for number in range(12)]
    spread = spread_of(*numbered(*texts))
    body = [one.block.text for page in words_of(spread) for one in page if one.role == "body"]

    assert len(spread.pages) > 1
    assert body == texts
    assert spread.findings == []


def test_rows_beyond_the_time_are_left_out_and_told() -> None:
    """A scene of two seconds has time for one page."""
    extent = Extent(1920, 1080, 1)
    spread = spread_of(*numbered(*[LONG] * 12), extent=extent)

    assert len(spread.pages) == 1
    assert [finding.code for finding in spread.findings] == ["text.cut"]


def test_many_short_rows_stand_in_two_columns() -> None:
    """On a page that is wide enough."""
    rows = tuple(Row("2", name) for name in ("Cubes", "Cards", "Boards", "Bells"))

    def lefts(extent: Extent) -> set[float]:
        (page,) = spread_of(*rows, extent=extent).pages
        return {item.box.x for item in page.items if isinstance(item, Panel)}

    assert len(lefts(EXTENTS[0])) == 2
    assert len(lefts(EXTENTS[1])) == 1


def test_a_title_that_is_too_long_is_cut_and_told() -> None:
    """The rows keep their room."""
    spread = spread_of(*numbered("Shuffle."), title="Long " * 200)

    assert [finding.code for finding in spread.findings] == ["text.cut"]
