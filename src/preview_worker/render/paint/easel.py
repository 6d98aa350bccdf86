"""The easel: one page on a canvas, item by item, as it stands when nothing moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import skia

from preview_worker.render.model import Picture, PictureRef, Profile
from preview_worker.render.paint import brush, signs
from preview_worker.render.paint.page import (
    Backdrop,
    Box,
    Item,
    Page,
    Pointing,
    Signs,
    Slot,
)
from preview_worker.render.paint.theme import SHORT_SIDE

if TYPE_CHECKING:
    import numpy as np

Pictures = Callable[[PictureRef], Picture]


@dataclass(frozen=True, slots=True)
class Easel:
    """Draws items in design units on pages of one profile."""

    profile: Profile
    pictures: Pictures

    @property
    def scale(self) -> float:
        """Pixels a design unit."""
        return min(self.profile.width_px, self.profile.height_px) / SHORT_SIDE

    @property
    def size(self) -> tuple[float, float]:
        """The page's sides in design units."""
        return self.profile.width_px / self.scale, self.profile.height_px / self.scale

    def paint(self, page: Page) -> bytes:
        """Return the page's pixels at rest: RGBA, opaque."""
        pixels = self.ground(page)
        canvas = skia.Surface(pixels, skia.ColorType.kRGBA_8888_ColorType).getCanvas()
        canvas.scale(self.scale, self.scale)
        for item in page.items:
            self.draw(canvas, item)
        return pixels.tobytes()

    def ground(self, page: Page) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """Return the pixels of the page without its items: RGBA, opaque."""
        sides = (self.profile.width_px, self.profile.height_px)
        return brush.paint_ground(page.ground, self.size, sides)

    def draw(self, canvas: skia.Canvas, item: Item) -> None:
        """Draw one item at rest."""
        match item:
            case Backdrop():
                picture = self.pictures(item.picture)
                brush.draw_backdrop(canvas, picture, item.box, self.size, self.scale)
            case Slot():
                brush.draw_slot(canvas, self.pictures(item.picture), item, self.scale)
            case Signs():
                signs.draw_signs(canvas, item)
            case Pointing():
                message = "what points has to be settled before it is drawn"
                raise TypeError(message)
            case _:
                brush.draw_mark(canvas, item)

    def place_of(self, shown: Slot | Backdrop | Box) -> Box:
        """Return where the picture of a slot or backdrop lies itself."""
        match shown:
            case Slot():
                return brush.stand_of(self.pictures(shown.picture), shown, self.scale).place
            case Backdrop():
                return brush.fitted(self.pictures(shown.picture), shown.box, self.scale)
            case Box():
                return shown
