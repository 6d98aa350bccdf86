"""Painting: scenes become stills, one for every picture that they show, moving or held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from preview_worker.contract import Finding
from preview_worker.render.brand import Watermark
from preview_worker.render.look import Look, Scheme
from preview_worker.render.model import (
    Card,
    ComposedCard,
    EndCard,
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
from preview_worker.render.paint.beats import beats_of, page_at, timed_pages
from preview_worker.render.paint.brush import MAX_GROWTH
from preview_worker.render.paint.burner import Burner
from preview_worker.render.paint.callouts import settle
from preview_worker.render.paint.composed import plan_composed
from preview_worker.render.paint.easel import Easel, Pictures
from preview_worker.render.paint.end import plan_end
from preview_worker.render.paint.fonts import load_fonts
from preview_worker.render.paint.ink import (
    LINES_PX,
    Legibility,
    Pixels,
    bare,
    has_veils,
    measure_ink,
    thinned,
    veiled,
    without_veils,
)
from preview_worker.render.paint.mirror import mirrored, reads_from_right
from preview_worker.render.paint.page import Backdrop, Box, Extent, Page, Size, Slot, Spread, Words
from preview_worker.render.paint.placeholder import plan_placeholder
from preview_worker.render.paint.rows import plan_rows
from preview_worker.render.paint.split import is_split, plan_split
from preview_worker.render.paint.stage import Shot, Stage
from preview_worker.render.paint.staged import plan_staged
from preview_worker.render.paint.step import plan_step
from preview_worker.render.paint.title import plan_title
from preview_worker.render.paint.tongue import speaking
from preview_worker.render.paint.watermark import marked
from preview_worker.render.palette import DARK
from preview_worker.render.placeholder import PlaceholderCard

PAGE_MIN_S = 2
"""A page of a scene is shown at least this long."""
_MOST_TOLD = 8


@dataclass(slots=True)
class Painter:
    """Paints the scenes of one profile; ``pictures`` decodes what they show.

    ``language`` is the tag of the language that their texts are in, where that is known.
    Every picture follows from its scene and frame alone. One painter serves one thread.
    """

    profile: Profile
    pictures: Pictures
    look: Look = DARK
    language: str = ""
    watermark: Watermark | None = None
    _easel: Easel = field(init=False, repr=False)
    _stage: Stage = field(init=False, repr=False)
    _sizes: dict[PictureRef, Size] = field(init=False, repr=False, default_factory=dict)
    _burner: Burner = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Set up what the pages are painted with."""
        self._easel = Easel(self.profile, self.pictures)
        self._stage = Stage(self._easel)
        self._burner = Burner(self._easel, self.language)

    @property
    def scale(self) -> float:
        """Pixels a design unit."""
        return self._easel.scale

    def plan(self, scene: Scene) -> Spread:
        """Place everything on the scene's pages, and tell what a person should know of them."""
        seconds = self.profile.seconds(scene.frames)
        extent = Extent(*self._easel.size, max(1, int(seconds / PAGE_MIN_S)), self._size)
        extent = self._burner.room(scene, extent)
        scheme = self.look.scheme(scene.section)
        with speaking(self.language):
            if isinstance(scene.card, PlaceholderCard):
                spread = plan_placeholder(scene.card, scheme, extent)
            else:
                spread = _placed(scene.card, scheme, extent)
            if not isinstance(scene.card, ComposedCard | StagedCard):
                spread.pages = [_turned(page, extent.width) for page in spread.pages]
            if self.watermark and not isinstance(scene.card, TitleCard | EndCard):
                mark = self.watermark
                spread.pages = [marked(page, mark, scheme, extent) for page in spread.pages]
            settle(spread, self._easel)
        spread.pages = [self._veiled(page) for page in spread.pages]
        spread.findings += _undrawable(spread.pages)
        spread.findings += self._burner.findings(scene, spread)
        spread.findings = [replace(finding, scene=scene.id) for finding in spread.findings]
        return spread

    def _size(self, ref: PictureRef) -> Size:
        if ref not in self._sizes:
            picture = self.pictures(ref)
            sides = (picture.width_px, picture.height_px)
            self._sizes[ref] = Size(*(side * MAX_GROWTH / self.scale for side in sides))
        return self._sizes[ref]

    def paint(self, timeline: Timeline, findings: list[Finding]) -> Iterator[Still]:
        """Paint scene by scene, adding to ``findings`` on the way; the stills cover every frame."""
        before: tuple[Scene, Spread] | None = None
        for scene in timeline.scenes:
            spread = self.plan(scene)
            findings += spread.findings
            if before:
                yield from self.paint_transition(before, (scene, spread))
            yield from self.paint_scene(scene, spread)
            before = (scene, spread)

    def paint_scene(self, scene: Scene, spread: Spread) -> Iterator[Still]:
        """Paint the scene from the end of its transition on: a still for every other picture."""
        for beat in beats_of(scene, spread, scene.transition.frames):
            pixels = self._stage.pixels(Shot(beat.page, scene.motions, beat.start_frame))
            yield from self._burner.stills(scene, spread, beat, pixels)

    @staticmethod
    def timed_pages(scene: Scene, spread: Spread) -> list[tuple[int, int, Page]]:
        """Return the pages that are seen, with their first frame in the scene and their end."""
        return timed_pages(scene, spread)

    def paint_frame(self, scene: Scene, spread: Spread, frame: int) -> bytes:
        """Return the picture of ``frame`` of the scene, without its transition: RGBA, opaque.

        Raises ``ValueError`` for a frame that the scene does not have.
        """
        pixels = self._stage.pixels(self._shot(scene, spread, frame))
        return self._burner.burnt(scene, spread, frame, pixels)

    def paint_transition(
        self, before: tuple[Scene, Spread], after: tuple[Scene, Spread]
    ) -> Iterator[Still]:
        """Paint the first frames of ``after``, in which it takes over from ``before``.

        The scene before is held as it ended; the one after moves as it will.
        """
        (gone, gone_spread), (scene, spread) = before, after
        leaving = self._shot(gone, gone_spread, gone.frames - 1)
        coming = (self._shot(scene, spread, frame) for frame in range(scene.transition.frames))
        for frame, pixels in enumerate(self._stage.passing(leaving, coming, scene.transition)):
            burnt = self._burner.burnt(scene, spread, frame, pixels)
            yield Still(scene.start_frame + frame, 1, burnt, moving=frame > 0)

    def paint_page(self, page: Page) -> bytes:
        """Return the page's pixels at rest: RGBA, opaque."""
        return self._easel.paint(page)

    def place_of(self, shown: Slot | Backdrop) -> Box:
        """Return where the picture of a slot or backdrop lies itself, in design units."""
        return self._easel.place_of(shown)

    def legibility(self, page: Page) -> tuple[Legibility, ...]:
        """Return how well each text of ``page`` can be read on what it stands on."""
        return measure_ink(page, self._small(bare(page)))

    def _veiled(self, page: Page) -> Page:
        return veiled(page, self._small(without_veils(page))) if has_veils(page) else page

    def _small(self, page: Page) -> Pixels:
        """Paint ``page`` with as few pixels as its colours can be judged by."""
        short = min(self.profile.width_px, self.profile.height_px)
        sides = (self.profile.width_px, self.profile.height_px)
        width, height = (max(1, round(side * LINES_PX / short)) for side in sides)
        small = Painter(
            replace(self.profile, width_px=width, height_px=height),
            thinned(self.pictures, LINES_PX / short),
        )
        return np.frombuffer(small.paint_page(page), np.uint8).reshape(height, width, 4)

    @staticmethod
    def _shot(scene: Scene, spread: Spread, frame: int) -> Shot:
        return Shot(page_at(scene, spread, frame), scene.motions, frame)


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
            plan = plan_split if is_split(card) else plan_composed
            return plan(card, scheme, extent)
        case StagedCard():
            return plan_staged(card, scheme, extent)


def _turned(page: Page, width: float) -> Page:
    return mirrored(page, width) if reads_from_right(page) else page


def _undrawable(pages: list[Page]) -> list[Finding]:
    text = "".join(
        item.block.text for page in pages for item in page.items if isinstance(item, Words)
    )
    missing = load_fonts().missing(text)
    if not missing:
        return []
    chars = ", ".join(f"{char} (U+{ord(char):04X})" for char in missing[:_MOST_TOLD])
    more = f" and {len(missing) - _MOST_TOLD} more" if len(missing) > _MOST_TOLD else ""
    told = f"No font can draw these characters; a box stands in their place: {chars}{more}."
    return [Finding("text.missing_glyph", told, severity="error", measured=len(missing), limit=0)]
