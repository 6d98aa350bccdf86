"""Painting: each scene of a timeline becomes one still, or several when its words need pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import skia

from preview_worker.contract import Finding
from preview_worker.render.look import Look, Scheme
from preview_worker.render.model import (
    Card,
    ComposedCard,
    EndCard,
    Picture,
    PictureRef,
    Profile,
    RowsCard,
    Scene,
    StagedCard,
    StepCard,
    Still,
    Timeline,
    TitleCard,
)
from preview_worker.render.paint import brush
from preview_worker.render.paint.composed import plan_composed
from preview_worker.render.paint.end import plan_end
from preview_worker.render.paint.fonts import load_fonts
from preview_worker.render.paint.ink import LINES_PX, Legibility, bare, measure_ink, thinned
from preview_worker.render.paint.page import (
    Backdrop,
    Check,
    Extent,
    Hexagon,
    Item,
    Page,
    Panel,
    Slot,
    Spread,
    Words,
)
from preview_worker.render.paint.rows import plan_rows
from preview_worker.render.paint.staged import plan_staged
from preview_worker.render.paint.step import plan_step
from preview_worker.render.paint.theme import SHORT_SIDE
from preview_worker.render.paint.title import plan_title
from preview_worker.render.palette import DARK

PAGE_MIN_S = 2
"""A page of a scene is shown at least this long."""
SHORT_PAGE_SHARE = 0.4
"""A short page gets at least this share of the longest page's time."""


@dataclass(slots=True)
class Painter:
    """Paints the scenes of one profile; ``pictures`` decodes what they show."""

    profile: Profile
    pictures: Callable[[PictureRef], Picture]
    look: Look = DARK

    @property
    def scale(self) -> float:
        """Pixels a design unit."""
        return min(self.profile.width_px, self.profile.height_px) / SHORT_SIDE

    def plan(self, scene: Scene) -> Spread:
        """Place everything on the scene's pages, and tell what a person should know of them."""
        seconds = self.profile.seconds(scene.frames)
        extent = Extent(
            self.profile.width_px / self.scale,
            self.profile.height_px / self.scale,
            max(1, int(seconds / PAGE_MIN_S)),
        )
        spread = _placed(scene.card, self.look.scheme(scene.section), extent)
        spread.findings += _undrawable(spread.pages)
        spread.findings = [replace(finding, scene=scene.id) for finding in spread.findings]
        return spread

    def paint(self, timeline: Timeline, findings: list[Finding]) -> Iterator[Still]:
        """Paint scene by scene, adding to ``findings`` on the way; the stills cover every frame."""
        for scene in timeline.scenes:
            spread = self.plan(scene)
            findings += spread.findings
            yield from self.paint_scene(scene, spread)

    def paint_scene(self, scene: Scene, spread: Spread) -> Iterator[Still]:
        """Paint the scene's pages, each held for its share of the scene's time."""
        for start, end, page in self.timed_pages(scene, spread):
            seen = max(start, scene.transition.frames)
            if seen < end:
                yield Still(scene.start_frame + seen, end - seen, self.paint_page(page))

    def paint_frame(self, scene: Scene, spread: Spread, frame: int) -> bytes:
        """Return the picture of one frame of the scene, counted from its beginning."""
        pages = self.timed_pages(scene, spread)
        return self.paint_page(next(page for _, end, page in pages if frame < end))

    def paint_transition(
        self, before: tuple[Scene, Spread], after: tuple[Scene, Spread]
    ) -> Iterator[Still]:
        """Paint the frames in which ``after`` takes over from the end of ``before``."""
        scene, frames = after[0], after[0].transition.frames
        old = np.frombuffer(self.paint_frame(*before, before[0].frames - 1), np.uint8)
        for frame in range(frames):
            new = np.frombuffer(self.paint_frame(*after, frame), np.uint8)
            share = (frame + 1) / (frames + 1)
            mixed = np.rint(old + (new.astype(np.float32) - old) * share).astype(np.uint8)
            yield Still(scene.start_frame + frame, 1, mixed.tobytes(), moving=frame > 0)

    @staticmethod
    def timed_pages(scene: Scene, spread: Spread) -> list[tuple[int, int, Page]]:
        """Return the pages that are seen, with their first frame in the scene and their end."""
        pages = [page for page in spread.pages if (page.at or 0) < scene.frames]
        starts = [start - scene.start_frame for start in _starts(scene, pages)]
        return list(zip(starts, starts[1:], pages, strict=False))

    def paint_page(self, page: Page) -> bytes:
        """Return the page's pixels: RGBA, opaque."""
        pixels = np.zeros((self.profile.height_px, self.profile.width_px, 4), np.uint8)
        canvas = skia.Surface(pixels, skia.ColorType.kRGBA_8888_ColorType).getCanvas()
        size = (self.profile.width_px / self.scale, self.profile.height_px / self.scale)
        canvas.scale(self.scale, self.scale)
        brush.draw_ground(canvas, page.ground, size)
        for item in page.items:
            self._draw(canvas, item, size)
        return pixels.tobytes()

    def legibility(self, page: Page) -> tuple[Legibility, ...]:
        """Return how well each text of ``page`` can be read on what it stands on."""
        short = min(self.profile.width_px, self.profile.height_px)
        sides = (self.profile.width_px, self.profile.height_px)
        width, height = (max(1, round(side * LINES_PX / short)) for side in sides)
        small = Painter(
            replace(self.profile, width_px=width, height_px=height),
            thinned(self.pictures, LINES_PX / short),
        )
        pixels = np.frombuffer(small.paint_page(bare(page)), np.uint8).reshape(height, width, 4)
        return measure_ink(page, pixels)

    def _draw(self, canvas: skia.Canvas, item: Item, size: tuple[float, float]) -> None:
        match item:
            case Backdrop():
                picture = self.pictures(item.picture)
                brush.draw_backdrop(canvas, picture, item.box, size, self.scale)
            case Slot():
                brush.draw_slot(canvas, self.pictures(item.picture), item, self.scale)
            case Panel():
                brush.draw_panel(canvas, item)
            case Hexagon():
                brush.draw_hexagon(canvas, item)
            case Check():
                brush.draw_check(canvas, item)
            case Words():
                brush.draw_words(canvas, item)


def _placed(card: Card, scheme: Scheme, extent: Extent) -> Spread:
    match card:
        case TitleCard():
            return plan_title(card, scheme, extent)
        case StepCard():
            return plan_step(card, scheme, extent)
        case RowsCard():
            return plan_rows(card, scheme, extent)
        case EndCard():
            return plan_end(card, scheme, extent)
        case ComposedCard():
            return plan_composed(card, scheme, extent)
        case StagedCard():
            return plan_staged(card, scheme, extent)


def _starts(scene: Scene, pages: list[Page]) -> list[int]:
    """Return where each page starts, and where the scene ends; every page has a frame or more."""
    if all(page.at is not None for page in pages):
        return [*(scene.start_frame + (page.at or 0) for page in pages), scene.end_frame]
    weights = [page.weight for page in pages]
    least = max(weights) * SHORT_PAGE_SHARE
    shares = [max(weight, least) for weight in weights]
    starts, done = [scene.start_frame], 0.0
    for share in shares[:-1]:
        done += share
        frame = scene.start_frame + round(scene.frames * done / sum(shares))
        starts.append(max(frame, starts[-1] + 1))
    return [*starts, scene.end_frame]


def _undrawable(pages: list[Page]) -> list[Finding]:
    text = "".join(
        item.block.text for page in pages for item in page.items if isinstance(item, Words)
    )
    missing = load_fonts().missing(text)
    if not missing:
        return []
    codes = ", ".join(f"U+{ord(char):04X}" for char in missing[:8])
    told = f"No font can draw these characters; a box stands in their place: {codes}."
    return [Finding("text.missing_glyph", told)]
