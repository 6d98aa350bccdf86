"""Texts of a producer's scene that stand below each other in one band, and fit it together."""

from __future__ import annotations

from dataclasses import dataclass, replace

from preview_worker.contract import Finding
from preview_worker.render.model import Colour, Overlay
from preview_worker.render.paint.page import Spread
from preview_worker.render.paint.text import (
    Align,
    Block,
    Style,
    balanced,
    fit,
    fits,
    paginate,
    typeset,
)
from preview_worker.render.paint.theme import MIN_BODY, MIN_TITLE

GAP = 34
BADGE_X, BADGE_Y = 38, 12
RULE = (160.0, 8.0)
PANEL_X = 44
_LEADING = {"title", "heading", "badge"}
_LOOKS = {
    "title": (Style(weight=700, leading=1.14, spacing=-0.018), (MIN_TITLE, 132)),
    "heading": (Style(weight=700, leading=1.16, spacing=-0.012), (MIN_TITLE, 84)),
    "badge": (Style(weight=600, leading=1.5, spacing=0.06), (MIN_BODY, MIN_BODY)),
    "body": (Style(leading=1.4), (MIN_BODY, 66)),
    "reference": (Style(leading=1.3), (MIN_BODY, MIN_BODY)),
}
_OTHER = (Style(leading=1.3), (MIN_BODY, 48))


@dataclass(frozen=True, slots=True)
class Room:
    """What a band has for its texts: its sides, and how they are set in it."""

    width: float
    height: float
    title: Colour
    """The ink of titles that name none."""
    text: Colour
    """The ink of other texts that name none."""
    align: Align = "center"

    def limited(self, height: float) -> Room:
        """Return the room with another height."""
        return replace(self, height=height)


@dataclass(frozen=True, slots=True)
class Text:
    """An overlay that was set, and how much room its look adds around it."""

    overlay: Overlay
    block: Block

    @property
    def above(self) -> float:
        """The room above the text itself."""
        return BADGE_Y if self.overlay.role == "badge" else 0

    @property
    def height(self) -> float:
        """The height with all that its look adds."""
        under = RULE[1] + GAP * 0.6 if self.overlay.role == "heading" else 0
        return self.block.height + 2 * self.above + under


def height_of(texts: list[Text]) -> float:
    """Return how high texts are when they are stacked."""
    return sum(text.height for text in texts) + GAP * max(0, len(texts) - 1)


def heights(pages: list[list[Text]]) -> float:
    """Return how high the highest of several stacks is."""
    return max(map(height_of, pages))


def set_band(
    overlays: list[Overlay],
    room: Room,
    most_pages: int,
    spread: Spread,
) -> list[list[Text]]:
    """Set a band at the largest sizes that fit ``room`` together; else page its longest text."""
    overlays = _held(overlays, room, spread)
    if not overlays:
        return [[]]
    for share in (1.0, 0.9, 0.8, 0.7, 0.6, 0.0):
        texts = [_text(overlay, room, share) for overlay in overlays]
        if height_of(texts) <= room.height and all(
            fits(text.block, room.height, whole_words=False)
            and len(text.block.text) == len(text.overlay.text)
            for text in texts
        ):
            return [texts]
    return _paged(overlays, room, most_pages, spread)


def _held(overlays: list[Overlay], room: Room, spread: Spread) -> list[Overlay]:
    """Return as many overlays as have room for a line each, with a finding for the others."""
    held, height = [], 0.0
    for overlay in overlays:
        line = _text(replace(overlay, text="x"), room, 0.0)
        height += line.height
        if height <= room.height:
            held.append(overlay)
        height += GAP
    if len(held) < len(overlays):
        told = f"{len(overlays) - len(held)} texts have no room on the scene and are left out."
        spread.findings.append(Finding("text.left_out", told))
    return held


def _look(overlay: Overlay, room: Room) -> tuple[Style, tuple[int, int]]:
    style, sizes = _LOOKS.get(overlay.role, _OTHER)
    own = room.title if overlay.role in _LEADING else room.text
    return replace(style, colour=overlay.colour or own, align=room.align), sizes


def _text(overlay: Overlay, room: Room, share: float) -> Text:
    style, (low, high) = _look(overlay, room)
    width = room.width - _beside(overlay, room)
    top = max(low, round(high * share))
    return Text(overlay, balanced(fit(overlay.text, style, width, room.height, (low, top))))


def _beside(overlay: Overlay, room: Room) -> float:
    """Return how much of the width stays free for what is around a text."""
    if overlay.role == "badge":
        return 2 * BADGE_X
    return 0.0 if room.align == "left" else 2 * PANEL_X


def _paged(
    overlays: list[Overlay],
    room: Room,
    most_pages: int,
    spread: Spread,
) -> list[list[Text]]:
    """Give each text but the longest one line's worth of room, and page through the longest."""
    own = max(range(len(overlays)), key=lambda index: len(overlays[index].text))
    least = room.height / (len(overlays) + 1)
    pages: dict[int, list[Text]] = {}
    left = room.height
    for index, overlay in enumerate(overlays):
        if index != own:
            pages[index] = _cut(overlay, room.limited(least), 1, spread)
            left -= pages[index][0].height + GAP
    pages[own] = _cut(overlays[own], room.limited(left), most_pages, spread)
    return [
        [pages[index][min(number, len(pages[index]) - 1)] for index in range(len(overlays))]
        for number in range(len(pages[own]))
    ]


def _cut(
    overlay: Overlay,
    room: Room,
    most_pages: int,
    spread: Spread,
) -> list[Text]:
    style, (low, _) = _look(overlay, room)
    width = room.width - _beside(overlay, room)
    texts, lost = paginate(overlay.text, style, low, (width, room.height), most_pages)
    if lost:
        told = f"A {overlay.role} text does not fit the time and place it is shown in; it was cut."
        spread.findings.append(Finding("text.cut", told))
    return [Text(overlay, balanced(typeset(text, style, low, width))) for text in texts]
