"""Pages made by hand for the tests of judgements, in design units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from preview_worker.contract import Finding
from preview_worker.render.model import Colour, Picture, PictureRef, Profile, Scene, TitleCard
from preview_worker.render.paint import Painter
from preview_worker.render.paint.page import Box, Ground, Item, Page, Spread, Words
from preview_worker.render.paint.text import Style, typeset

BLACK, WHITE = Colour(0, 0, 0), Colour(255, 255, 255)
GROUND = Ground(BLACK)
PICTURE = PictureRef(("a.png",), "/previewRequest/assets/0")


@dataclass(frozen=True, slots=True)
class Look:
    """How a text of a test looks: its size in design units, colour and role."""

    size: float = 50
    colour: Colour = WHITE
    role: str = "body"


def painter(
    width_px: int = 320, height_px: int = 180, pictures: Mapping[PictureRef, Picture] | None = None
) -> Painter:
    """Return a painter of a small profile at 30 frames a second."""
    known = pictures or {}
    profile = Profile(width_px, height_px, Fraction(30), "mp4")
    return Painter(profile, known.__getitem__)


def words(text: str, x: float = 300, y: float = 300, look: Look = Look()) -> Words:
    """Return a text whose box is as large as its letters."""
    block = typeset(text, Style(look.colour), look.size, 3000)
    block = typeset(text, Style(look.colour), look.size, block.longest + 1)
    return Words(block, Box(x, y, block.width, block.height), look.role)


def page(*items: Item, ground: Ground = GROUND) -> Page:
    """Return a page of ``items``."""
    return Page(ground, items)


def scene(frames: int = 300, spoken: str = "") -> Scene:
    """Return a scene ``s``; what it shows is in the spread that goes with it."""
    return Scene("s", "step", "A scene", 90, frames, spoken, "setup", TitleCard("", "", ""))


def spread(*pages: Page) -> Spread:
    """Return the pages of a scene."""
    return Spread(list(pages))


def picture(width_px: int, height_px: int, *, shrunk: bool = False) -> Picture:
    """Return a grey picture."""
    return Picture(width_px, height_px, b"\x80\x80\x80\xff" * (width_px * height_px), shrunk)


def codes(findings: list[Finding]) -> list[tuple[str, str]]:
    """Return the code and the severity of each finding."""
    return [(finding.code, finding.severity) for finding in findings]
