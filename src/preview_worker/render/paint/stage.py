"""The stage: pages that are ready for any of their frames, and the sheet they are painted on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import skia

from preview_worker.render.model import Profile
from preview_worker.render.motion import Motion, Transition
from preview_worker.render.paint.composition import Composition
from preview_worker.render.paint.dissection import dissect
from preview_worker.render.paint.easel import Easel
from preview_worker.render.paint.lens import native_surface
from preview_worker.render.paint.page import Page, Signs
from preview_worker.render.paint.passing import draw_passing

KEPT = 3
"""Pages that are kept ready: both of a transition, and one to go on with."""
_RGBA = skia.ColorType.kRGBA_8888_ColorType
_OPAQUE = skia.AlphaType.kOpaque_AlphaType


class Shot(NamedTuple):
    """A page, how all that is on it moves, and a frame of its scene."""

    page: Page
    motions: tuple[Motion, ...]
    frame: int


class Stage:
    """Shows pages of one profile. What it keeps saves time and changes no pixel."""

    def __init__(self, easel: Easel) -> None:
        """Set up an empty stage."""
        self._easel = easel
        self._sheet = _Sheet(easel.profile)
        self._ready: dict[int, tuple[Page, tuple[Motion, ...], Composition | bytes]] = {}

    def pixels(self, shot: Shot) -> bytes:
        """Return the picture: RGBA, opaque."""
        ready = self._made_ready(shot.page, shot.motions)
        if isinstance(ready, bytes):
            return ready
        ready.draw(self._sheet.canvas, shot.frame)
        return self._sheet.pixels()

    def passing(
        self, leaving: Shot, coming: Iterable[Shot], transition: Transition
    ) -> Iterator[bytes]:
        """Return the pictures of a transition: RGBA, opaque."""
        before: skia.Image | None = None
        for frame, shot in enumerate(coming):
            before = before or self._image(leaving)
            draw_passing(self._sheet.canvas, before, self._image(shot), transition, frame)
            yield self._sheet.pixels()

    def _image(self, shot: Shot) -> skia.Image:
        ready = self._made_ready(shot.page, shot.motions)
        if isinstance(ready, bytes):
            self._sheet.put(ready)
        else:
            ready.draw(self._sheet.canvas, shot.frame)
        return self._sheet.image()

    def _made_ready(self, page: Page, motions: tuple[Motion, ...]) -> Composition | bytes:
        key = id(page)
        known = self._ready.get(key)
        if known is None or known[0] is not page or known[1] != motions:
            while len(self._ready) >= KEPT:
                self._ready.pop(next(iter(self._ready)))
            made = (
                self._easel.paint(page)
                if is_still(page, motions)
                else dissect(self._easel, page, motions)
            )
            known = self._ready[key] = (page, motions, made)
        return known[2]


def is_still(page: Page, motions: tuple[Motion, ...]) -> bool:
    """Tell whether nothing on ``page`` ever moves, comes or goes."""
    signs = any(isinstance(item, Signs) for item in page.items)
    return not (motions or signs or any(move.motions for move in page.moves))


class _Sheet:
    """One surface that all frames are painted on, one after the other."""

    def __init__(self, profile: Profile) -> None:
        self._width_px, self._height_px = profile.width_px, profile.height_px
        self._surface = native_surface(self._width_px, self._height_px, opaque=True)
        self._pixels = np.empty((self._height_px, self._width_px, 4), np.uint8)
        self._info = skia.ImageInfo.Make(self._width_px, self._height_px, _RGBA, _OPAQUE)
        self.canvas = self._surface.getCanvas()

    def pixels(self) -> bytes:
        """Return what is on the sheet: RGBA, opaque."""
        self._surface.readPixels(self._info, self._pixels, self._width_px * 4, 0, 0)
        return self._pixels.tobytes()

    def image(self) -> skia.Image:
        """Return a copy of what is on the sheet."""
        return self._surface.makeImageSnapshot()

    def put(self, rgba: bytes) -> None:
        """Cover the sheet with the pixels of a whole page."""
        source = skia.Image.MakeRasterData(self._info, skia.Data(rgba), self._width_px * 4)
        replace = skia.Paint(BlendMode=skia.BlendMode.kSrc)
        self.canvas.drawImage(source, 0, 0, skia.SamplingOptions(), replace)
