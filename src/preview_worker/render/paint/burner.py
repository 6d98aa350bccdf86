"""Burns captions into pictures: over all that a scene shows, and unmoved by what moves in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import skia

from preview_worker.contract import Finding
from preview_worker.render.model import Cue, Scene, StagedCard, Still
from preview_worker.render.paint.beats import Beat
from preview_worker.render.paint.easel import Easel
from preview_worker.render.paint.page import Box, Extent, Panel, Size, Spread, Words
from preview_worker.render.paint.subtitle import band_height, subtitle, texts_on
from preview_worker.render.paint.tongue import speaking


@dataclass(frozen=True, slots=True)
class Burner:
    """Paints the captions of scenes that have any over their pictures."""

    easel: Easel
    language: str = ""

    def room(self, scene: Scene, extent: Extent) -> Extent:
        """Return what the layout of ``scene`` may use of the page, captions apart.

        A producer who placed everything by numbers meant the whole page.
        """
        if isinstance(scene.card, StagedCard):
            return extent
        with speaking(self.language):
            band = band_height(scene.burned, self._size)
        return extent._replace(height=extent.height - band)

    def stills(self, scene: Scene, spread: Spread, beat: Beat, pixels: bytes) -> Iterator[Still]:
        """Return the picture of ``beat``, as often as the caption on it changes."""
        edges = {frame for cue in scene.burned for frame in (cue.start_frame, cue.end_frame)}
        cuts = sorted(frame for frame in edges if beat.start_frame < frame < beat.end_frame)
        follows = beat.follows
        for start, end in zip([beat.start_frame, *cuts], [*cuts, beat.end_frame], strict=True):
            burnt = self.burnt(scene, spread, start, pixels)
            yield Still(scene.start_frame + start, end - start, burnt, follows)
            follows = True

    def burnt(self, scene: Scene, spread: Spread, frame: int, pixels: bytes) -> bytes:
        """Return ``pixels`` with the caption that is on in ``frame`` of the scene."""
        for cue in scene.burned:
            if cue.start_frame <= frame < cue.end_frame:
                return self._over(pixels, cue, self._texts(spread))
        return pixels

    def findings(self, scene: Scene, spread: Spread) -> list[Finding]:
        """Tell when captions stand over other texts, because there is no place without any."""
        texts = self._texts(spread)
        for cue in scene.burned:
            box = self._set(cue, texts)[0].box
            if any(box.touches(text) for text in texts):
                told = "Captions stand over other texts, because nothing of the page is free."
                advice = "Leave a stripe of the page without texts."
                return [Finding("captions.over_text", told, suggestion=advice)]
        return []

    def _set(self, cue: Cue, texts: list[Box]) -> tuple[Panel, Words]:
        with speaking(self.language):
            return subtitle(cue, self._size, texts)

    @property
    def _size(self) -> Size:
        return Size(*self.easel.size)

    def _texts(self, spread: Spread) -> list[Box]:
        """Return the texts of all pages, so that captions stay in one place."""
        return [box for page in spread.pages for box in texts_on(page)]

    def _over(self, pixels: bytes, cue: Cue, texts: list[Box]) -> bytes:
        profile = self.easel.profile
        picture = np.frombuffer(pixels, np.uint8).copy()
        picture = picture.reshape(profile.height_px, profile.width_px, 4)
        canvas = skia.Surface(picture, skia.ColorType.kRGBA_8888_ColorType).getCanvas()
        canvas.scale(self.easel.scale, self.easel.scale)
        for item in self._set(cue, texts):
            self.easel.draw(canvas, item)
        return picture.tobytes()
