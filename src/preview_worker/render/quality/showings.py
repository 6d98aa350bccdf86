"""When the texts of a scene are on: one that stays over several pages is one text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from preview_worker.render.paint.page import Box, Page, Words

UNREAD = {"badge", "placeholder"}
"""Roles of what is looked at rather than read."""


@dataclass(frozen=True, slots=True)
class Showing:
    """A text and the frames of its scene that it is on, up to but not including ``end``."""

    words: Words
    start: int
    end: int


def showings(pages: Iterable[tuple[int, int, Page]]) -> list[Showing]:
    """Return every text of the pages, each with its first frame and its end, as it comes."""
    over: list[Showing] = []
    on: dict[tuple[str, Box], Showing] = {}
    for start, end, page in pages:
        still: dict[tuple[str, Box], Showing] = {}
        for words in _read(page):
            key = (words.block.text, words.box)
            still[key] = replace(on.pop(key, Showing(words, start, end)), end=end)
        over += on.values()
        on = still
    return [*over, *on.values()]


def _read(page: Page) -> Iterator[Words]:
    for item in page.items:
        if isinstance(item, Words) and item.role not in UNREAD:
            yield item
