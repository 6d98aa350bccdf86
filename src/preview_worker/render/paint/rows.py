"""A list: rules in their order or components with their quantities, row by row."""

from __future__ import annotations

from dataclasses import dataclass

from preview_worker.contract import Finding
from preview_worker.render.look import Scheme
from preview_worker.render.model import Row, RowsCard
from preview_worker.render.paint.badge import RADIUS, badge, mark_tile
from preview_worker.render.paint.grid import hang
from preview_worker.render.paint.page import Box, Extent, Ground, Item, Page, Panel, Spread, Words
from preview_worker.render.paint.text import (
    Block,
    Style,
    balanced,
    cut,
    fit,
    inked,
    paginate,
    typeset,
)
from preview_worker.render.paint.theme import (
    MIN_BODY,
    MIN_TITLE,
    NARROW,
)
from preview_worker.render.picture import Exhibit

TITLE = Style(weight=700, leading=1.14, spacing=-0.015)
TEXT = Style(leading=1.32)
SIZES = (MIN_BODY, 56)
TITLE_SIZE, TITLE_SHARE = 88, 0.3
GAP, GUTTER = 18, 28
MARK_RADIUS = 42
MARK = Style(weight=700, leading=1.1, align="center")
MARK_SIZE, MARK_AIR, MARK_MOST = 42, 22, 260.0
LEAD = Style(leading=1.36)
LEAD_SIZES, LEAD_SHARE = (MIN_BODY, 52), 0.34
PAD_X, PADS_Y = 34, (12, 4)
TILE_ALPHA = 0.1
MOST_HUNG = 8
SHORT_CHARS, MANY = 34, 3
"""More rows than this, none longer than so many characters, stand in two columns."""


@dataclass(frozen=True, slots=True)
class _Set:
    """A row whose text was set beside a mark ``mark_width`` wide, and the height that it takes."""

    row: Row
    block: Block
    mark_width: float
    pad: float

    @property
    def height(self) -> float:
        return max(self.block.height, 2 * MARK_RADIUS) + 2 * self.pad


def plan_rows(card: RowsCard, scheme: Scheme, extent: Extent) -> Spread:
    """Place the rows on one page, or on several when they need them."""
    spread = Spread()
    left, upper, width, height = extent.inner
    top = upper + 2 * RADIUS + GUTTER
    title = _title(card, scheme, (width, height * TITLE_SHARE), spread)
    head: list[Item] = [
        *badge(card.mark, card.of, scheme, (left, upper)),
        Words(title, Box(left, top, width, title.height), "title"),
    ]
    below = top + title.height + GUTTER
    if card.lead:
        lead = _lead(card, scheme, (width, (extent.inner.bottom - below) * LEAD_SHARE), spread)
        head.append(Words(lead, Box(left, below, width, lead.height)))
        below += lead.height + GUTTER
    room = Box(left, below, width, extent.inner.bottom - below)
    if any(row.picture for row in card.rows):
        return _hung(card, (head, room), scheme, extent, spread)
    for page in _pages(card.rows, room, extent, spread):
        items = _placed(page, room, scheme)
        weight = sum(len(one.row.text) for line in page for one in line)
        ground = Ground.of(scheme)
        spread.pages.append(Page(ground, (*head, *items), weight or 1))
    return spread


def _hung(
    card: RowsCard,
    around: tuple[list[Item], Box],
    scheme: Scheme,
    extent: Extent,
    spread: Spread,
) -> Spread:
    """Show rows that have pictures as a grid of them, on as many pages as they need."""
    head, room = around
    pages = -(-len(card.rows) // MOST_HUNG)
    share = -(-len(card.rows) // pages)
    if pages > extent.most_pages:
        told = "The list does not fit the time it is shown for; its last rows are left out."
        spread.findings.append(Finding("text.cut", told))
    for start in range(0, min(pages, extent.most_pages) * share, share):
        rows = card.rows[start : start + share]
        exhibits = [Exhibit(row.picture, _captioned(row)) for row in rows]
        items = hang(exhibits, room, scheme, extent)
        spread.pages.append(Page(Ground.of(scheme), (*head, *items), len(rows)))
    return spread


def _captioned(row: Row) -> str:
    return f"{row.mark} × {row.text}" if row.mark.isdigit() else row.text


def _title(card: RowsCard, scheme: Scheme, room: tuple[float, float], spread: Spread) -> Block:
    block = fit(card.title, TITLE, *room, (MIN_TITLE, TITLE_SIZE))
    if block.height > room[1] or len(block.text) < len(card.title):
        spread.findings.append(Finding("text.cut", "The list's title is too long to be shown."))
        block = typeset(cut(card.title, TITLE, MIN_TITLE, room), TITLE, MIN_TITLE, room[0])
    return balanced(inked(block, scheme.look.title))


def _lead(card: RowsCard, scheme: Scheme, room: tuple[float, float], spread: Spread) -> Block:
    block = fit(card.lead, LEAD, *room, LEAD_SIZES)
    if block.height > room[1] or len(block.text) < len(card.lead):
        spread.findings.append(Finding("text.cut", "The words above the list are too long."))
        block = typeset(cut(card.lead, LEAD, MIN_BODY, room), LEAD, MIN_BODY, room[0])
    return balanced(inked(block, scheme.look.text))


_Line = list[_Set]
"""Rows that stand beside each other."""


def _pages(rows: tuple[Row, ...], room: Box, extent: Extent, spread: Spread) -> list[list[_Line]]:
    columns = _columns(rows, extent)
    width = (room.width - GUTTER * (columns - 1)) / columns
    sizes = range(SIZES[1], SIZES[0] - 1, -4)
    for pad, size in ((pad, size) for pad in PADS_Y for size in sizes):
        lines = _lines(rows, width, (size, pad), columns)
        if _height(lines) <= room.height and all(
            one.block.longest <= one.block.width + 0.5 for line in lines for one in line
        ):
            return [lines]
    pieces = [piece for row in rows for piece in _pieces(row, width, room, extent.most_pages)]
    pages = _paged(_lines(tuple(pieces), width, (SIZES[0], PADS_Y[0]), columns), room.height)
    if len(pages) > extent.most_pages:
        told = "The list does not fit the time it is shown for; its last rows are left out."
        spread.findings.append(Finding("text.cut", told))
    return pages[: extent.most_pages]


def _columns(rows: tuple[Row, ...], extent: Extent) -> int:
    short = all(len(row.text) <= SHORT_CHARS for row in rows)
    return 2 if short and len(rows) > MANY and extent.width >= NARROW else 1


def _mark_width(rows: tuple[Row, ...]) -> float:
    """Return the width of the column that all marks stand in; without any there is none."""
    marks = [row.mark for row in rows if row.mark]
    if not marks:
        return 0.0
    longest = max(typeset(mark, MARK, MARK_SIZE, 4000).longest for mark in marks)
    if longest <= 1.45 * MARK_RADIUS:
        return 2 * MARK_RADIUS
    return min(longest + 2 * MARK_AIR, MARK_MOST)


def _text_width(width: float, mark_width: float) -> float:
    return width - mark_width - 2.6 * PAD_X


def _lines(
    rows: tuple[Row, ...], width: float, look: tuple[float, float], columns: int
) -> list[_Line]:
    """Set the rows with ``look``: their size, and the air above and below their words."""
    size, pad = look
    mark = _mark_width(rows)
    room = _text_width(width, mark)
    texts = [_Set(row, typeset(row.text, TEXT, size, room), mark, pad) for row in rows]
    return [texts[start : start + columns] for start in range(0, len(texts), columns)]


def _line_height(line: _Line) -> float:
    return max(one.height for one in line)


def _height(lines: list[_Line]) -> float:
    return sum(map(_line_height, lines)) + GAP * (len(lines) - 1)


def _pieces(row: Row, width: float, room: Box, most_pages: int) -> list[Row]:
    """Cut a row that no page can hold; only its first piece keeps the mark."""
    box = (_text_width(width, MARK_MOST), room.height - 2 * PADS_Y[0])
    texts, _ = paginate(row.text, TEXT, SIZES[0], box, most_pages)
    return [Row("" if number else row.mark, text) for number, text in enumerate(texts)]


def _paged(lines: list[_Line], height: float) -> list[list[_Line]]:
    """Share ``lines`` out evenly over as few pages as they need."""
    pages: list[list[_Line]] = [[]]
    fair = _height(lines) / max(1, -(-_height(lines) // height))
    for line in lines:
        taken = _height([*pages[-1], line])
        if pages[-1] and (taken > height or taken - _line_height(line) / 2 > fair):
            pages.append([])
        pages[-1].append(line)
    return pages


def _placed(lines: list[_Line], room: Box, scheme: Scheme) -> list[Item]:
    columns = max(map(len, lines), default=1)
    width = (room.width - GUTTER * (columns - 1)) / columns
    spare = room.height - _height(lines)
    gap = GAP + min(GAP, max(0.0, spare) / (len(lines) + 1))
    y = room.y + max(0.0, spare - (gap - GAP) * (len(lines) - 1)) * 0.3
    items: list[Item] = []
    for line in lines:
        height = _line_height(line)
        for column, one in enumerate(line):
            box = Box(room.x + column * (width + GUTTER), y, width, height)
            items += _row(one, box, scheme)
        y += height + gap
    return items


def _row(one: _Set, box: Box, scheme: Scheme) -> list[Item]:
    middle = box.y + box.height / 2
    items: list[Item] = [Panel(box, 24, scheme.tile, TILE_ALPHA)]
    if one.row.mark:
        x = box.x + PAD_X * 0.8 + one.mark_width / 2
        items += _mark(one, (x, middle), scheme)
    text = Box(
        box.x + 1.6 * PAD_X + one.mark_width,
        middle - one.block.height / 2,
        one.block.width,
        one.block.height,
    )
    return [*items, Words(balanced(inked(one.block, scheme.look.text)), text)]


def _mark(one: _Set, middle: tuple[float, float], scheme: Scheme) -> tuple[Item, ...]:
    """Return a tile for a short mark, a pill for a long one."""
    if one.mark_width <= 2 * MARK_RADIUS:
        return mark_tile(one.row.mark, middle, MARK_RADIUS, scheme)
    width = one.mark_width
    kept = cut(one.row.mark, MARK, MARK_SIZE, (width - MARK_AIR, 2.0 * MARK_RADIUS))
    block = typeset(kept, MARK.inked(scheme.look.mark), MARK_SIZE, width - MARK_AIR)
    pill = Box(middle[0] - width / 2, middle[1] - block.height / 2, width, block.height)
    place = Box(middle[0] - block.width / 2, pill.y, block.width, block.height)
    panel = Panel(pill.grown(0, 10), block.height / 2 + 10, scheme.accent)
    return (panel, Words(block, place, "badge"))
