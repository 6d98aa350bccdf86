"""Every card in every theme can be read, whatever picture is behind or beside its words."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from preview_worker.render.look import TEXT_RATIO
from preview_worker.render.model import Picture, PictureRef, Scene, Timeline
from preview_worker.render.paint import Painter
from preview_worker.render.palette import THEMES
from tests.unit.render.jobs import timeline_of

TEXT = "On your turn, take up to three gems, or pay for a card and claim it. " * 2
SHAPES = {"photo": (160, 100), "tall": (60, 150), "banner": (200, 25), "icon": (20, 20)}
GREYS = {"white": 255, "black": 0, "grey": 128}


@cache
def _picture(name: str) -> Picture:
    """Draw ``shape-tone.png``: a tone, or noise, which has every tone everywhere."""
    shape, _, tone = name.removesuffix(".png").partition("-")
    width, height = SHAPES[shape]
    pixels = np.full((height, width, 4), 255, np.uint8)
    noise = np.random.default_rng(7).integers(0, 256, (height, width, 3), np.uint8)
    pixels[..., :3] = GREYS.get(tone, noise)
    return Picture(width, height, pixels.tobytes())


def _decoded(ref: PictureRef) -> Picture:
    return _picture(ref.candidates[0])


def _overlay(role: str, position: str) -> dict[str, str]:
    return {"type": role, "position": position, "text": "A text" if role == "badge" else TEXT}


def _timelines(size: str, **options: str) -> list[Timeline]:
    names = [f"{shape}-noise.png" for shape in SHAPES]
    bleeds = [f"photo-{tone}.png" for tone in (*GREYS, "noise")]
    steps: list[dict[str, Any]] = [
        *({"title": "A title", "text": TEXT, "image": name} for name in names),
        *({"title": "T", "text": TEXT, "image": one, "layout": "fullBleed"} for one in bleeds),
        {"title": "T", "text": TEXT, "imageUrls": names},
        {"title": "T", "text": TEXT, "image": names[0], "layout": "centerFocus"},
        {"text": TEXT},
        {},
    ]
    roles = [("badge", "top"), ("heading", "upper"), ("body", "center"), ("reference", "bottom")]
    overlays = [_overlay(*role) for role in roles]
    scenes = [
        {"id": "flat", "overlays": overlays},
        *(
            {"background": {"image": name}, "overlays": overlays, "layout": layout}
            for name in bleeds
            for layout in ("", "split-teaching", "fullBleed")
        ),
    ]
    place = {"x": 0.1, "y": 0.6, "width": 0.8, "height": 0.3}
    whole = {"x": 0, "y": 0, "width": 1, "height": 1}
    staged = [
        {
            "overlays": [{"text": TEXT, "placement": place}],
            "visuals": [{"assetId": name, "placement": whole}],
        }
        for name in bleeds
    ]
    parts = [{"name": name, "quantity": 3, "image": f"{name}-noise.png"} for name in SHAPES]
    game = {"name": "Moss", "components": parts, "setup": ["Deal.", "Turn one up."]}
    around: dict[str, Any] = {"title": "Moss", "brand": {"name": "Fern", "logo": "icon-noise.png"}}
    asked = {"options": {"resolution": size, **options}}
    return [
        timeline_of(steps=steps, description=TEXT, **around, **asked),
        timeline_of(renderConfig={"scenes": scenes}, **around, **asked),
        timeline_of(storyboard={"scenes": staged}, **around, **asked),
        timeline_of(game=game, **around, **asked),
    ]


def _hard_to_read(timeline: Timeline, scene: Scene) -> list[str]:
    painter = Painter(timeline.profile, _decoded, timeline.look)
    return [
        f"{scene.id}: {seen.words.role} {seen.ratio:.2f}"
        for page in painter.plan(scene).pages
        for seen in painter.legibility(page)
        if seen.ratio < TEXT_RATIO
    ]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", ["320x180", "180x320", "180x180"])
def test_every_word_can_be_read(size: str, theme: str) -> None:
    """7 to 1 or more on the pixels that it stands on."""
    found = [
        line
        for timeline in _timelines(size, theme=theme)
        for scene in timeline.scenes
        for line in _hard_to_read(timeline, scene)
    ]

    assert found == []


def test_words_in_the_colours_of_a_producer_get_the_panel_that_suits_them() -> None:
    """A light one behind dark words, in the dark theme too."""
    overlay = {**_overlay("body", "center"), "fontColor": "#101020"}
    scene = {"background": {"image": "photo-noise.png"}, "overlays": [overlay]}
    timeline = timeline_of(renderConfig={"scenes": [scene]})

    assert _hard_to_read(timeline, timeline.scenes[0]) == []
