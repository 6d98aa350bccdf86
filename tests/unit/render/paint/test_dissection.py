"""What moves is apart from what does not, and as little as possible is drawn in every frame."""

from __future__ import annotations

import numpy as np

from preview_worker.render.motion import Motion
from preview_worker.render.paint.composition import Composition, Sprite
from preview_worker.render.paint.dissection import dissect
from preview_worker.render.paint.easel import Easel
from preview_worker.render.paint.lens import Lens
from preview_worker.render.paint.page import Page, Signs
from preview_worker.render.pointer import Appearance, Callout
from tests.unit.render.paint.moving import (
    PROFILE,
    ZOOM,
    painter_of,
    pixels_of,
    plain,
    scene_of,
    step,
)


def page_of(*motions: Motion, **fields: object) -> Page:
    """Return the page of a step with a picture."""
    return painter_of().plan(scene_of(step(*motions, **fields))).pages[0]


def parts_of(page: Page, *motions: Motion) -> list[list[str]]:
    """Return the kinds of the pieces of every part of a page."""
    shown = plain()
    composition: Composition = dissect(Easel(PROFILE, lambda _: shown), page, motions)
    return [[type(piece).__name__ for piece in part.pieces] for part in composition.parts]


def test_only_the_picture_that_grows_is_drawn_again() -> None:
    """With the line around it; its shadow and all words are on the ground."""
    assert parts_of(page_of(ZOOM)) == [[Lens.__name__, Sprite.__name__]]


def test_a_thing_that_moves_away_takes_its_shadow_along() -> None:
    """What may come under it or over it is a sprite."""
    slide = Motion("slide", 0, 9, shift_x=(0.2, 0.0))

    assert parts_of(page_of(slide)) == [[Sprite.__name__], [Sprite.__name__]]


def test_what_points_is_drawn_over_its_picture() -> None:
    """Also where the picture does not move."""
    pointers = (Callout("1", (0.5, 0.5), on=Appearance(3, None, 2)),)

    assert parts_of(page_of(pointers=pointers)) == [[Signs.__name__]]
    assert parts_of(page_of(ZOOM, pointers=pointers))[0][-1] == Signs.__name__


def test_nothing_is_on_the_ground_where_all_moves() -> None:
    """One sprite holds everything."""
    fade = Motion("fade", 0, 9, opacity=(0.0, 1.0))

    assert parts_of(page_of(), fade) == [[Sprite.__name__]]


def test_a_page_in_parts_looks_like_the_page() -> None:
    """At rest they differ by the sampling of the picture alone."""
    painter = painter_of()
    scene = scene_of(step(Motion("zoom", 10, 20, scale=(1.0, 1.2))))
    spread = painter.plan(scene)
    whole = pixels_of(painter.paint_page(spread.pages[0]))
    parts = pixels_of(painter.paint_frame(scene, spread, 0))

    # Shapes without dither or text are the same; the corners of the picture may differ a little.
    assert np.abs(whole - parts).mean() < 0.2
    assert np.percentile(np.abs(whole - parts), 99.9) <= 24
