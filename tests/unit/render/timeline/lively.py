"""Requests with scenes that move, and what their timelines say of them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from preview_worker.render.model import ComposedCard, Scene, StagedCard, StagedPicture, Timeline
from preview_worker.render.timeline.fields import Located
from tests.unit.render.jobs import config_of, timeline_of

FPS = Fraction(30)
ASSETS = [{"id": "board", "path": "board.png"}]
PLACE = {"x": 0.1, "y": 0.2, "width": 0.5, "height": 0.4}


def configured(*scenes: dict[str, Any], **request: Any) -> Timeline:
    """Return the timeline of render-config scenes of four seconds, each with a picture."""
    usual = {"durationSec": 4, "background": {"image": "board"}}
    named = [{"id": f"s{n}", **usual, **scene} for n, scene in enumerate(scenes)]
    return timeline_of(renderConfig=config_of(*named), assets=ASSETS, **request)


def scene_with(**fields: Any) -> Scene:
    """Return the scene of one render-config scene with ``fields``."""
    return configured(fields).scenes[0]


def card_with(**fields: Any) -> ComposedCard:
    """Return the card of one render-config scene with ``fields``."""
    card = scene_with(**fields).card
    assert isinstance(card, ComposedCard)
    return card


def visual_timeline(*motions: Any, seconds: float = 4, **fields: Any) -> Timeline:
    """Return the timeline of a storyboard scene with one placed picture that has ``motions``."""
    visual = {"assetId": "board", "placement": PLACE, "motions": list(motions), **fields}
    scene = {"id": "s", "durationSec": seconds, "overlays": [], "visuals": [visual]}
    return timeline_of(storyboard={"scenes": [scene]}, assets=ASSETS)


def visual_of(*motions: Any, seconds: float = 4, **fields: Any) -> StagedPicture:
    """Return that picture."""
    card = visual_timeline(*motions, seconds=seconds, **fields).scenes[0].card
    assert isinstance(card, StagedCard)
    return card.pictures[0]


def codes(timeline: Timeline) -> list[str]:
    """Return the codes of what is told of a timeline."""
    return [finding.code for finding in timeline.findings]


def record(**fields: Any) -> Located:
    """Return a record that stands at the root."""
    return Located(fields, "")
