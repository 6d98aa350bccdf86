"""script.json: the scenes as segments of a script, each with what is said in it."""

from __future__ import annotations

from typing import Any

from preview_worker import __version__
from preview_worker.render.model import Scene, Timeline
from preview_worker.render.tutorial.lettering import words_on
from preview_worker.render.tutorial.subject import Subject

Document = dict[str, Any]

TYPES = (
    "hook",
    "game_identity",
    "objective",
    "components",
    "setup",
    "turn_structure",
    "core_mechanic",
    "scoring",
    "edge_cases",
    "recap",
    "end_card",
)
"""The closed list of what a segment can be, in the order of a tutorial."""
EXPLAINING = ("objective", "turn_structure", "core_mechanic", "scoring", "edge_cases")
"""What a complete explanation holds, in this order."""
PLACES = 6
"""Decimal places of seconds in the documents: far below a frame, and short enough to read."""


def script_document(timeline: Timeline, subject: Subject) -> Document:
    """Return the script of ``timeline``."""
    kinds = segment_types(timeline)
    return {
        "segments": [
            {
                "id": scene.id,
                "type": kind,
                "narration": narration_of(scene),
                "durationSec": seconds_of(timeline, scene.frames),
                "sourceRef": scene.section,
                "confidence": 1,
            }
            for scene, kind in zip(timeline.scenes, kinds, strict=True)
        ],
        "warnings": [f"{finding.code}: {finding.message}" for finding in timeline.findings],
        "metadata": {
            "gameId": subject.id,
            "gameName": subject.name,
            "segmentCount": len(timeline.scenes),
            "totalDurationSec": seconds_of(timeline, timeline.frames),
            "eliteS1Valid": explains_in_order(kinds),
            "generatedBy": "mobius-preview-worker",
            "version": __version__,
        },
    }


def segment_types(timeline: Timeline) -> list[str]:
    """Return what each scene is to a tutorial.

    A scene that does not say explains how the game is played, but for the first and the last.
    """
    last = len(timeline.scenes) - 1
    return [
        _type_of(scene, first=n == 0, last=n == last) for n, scene in enumerate(timeline.scenes)
    ]


def _type_of(scene: Scene, *, first: bool, last: bool) -> str:
    if scene.kind == "end":
        return "end_card"
    if scene.section in TYPES:
        return scene.section
    return "hook" if first else "end_card" if last else "core_mechanic"


def narration_of(scene: Scene) -> str:
    """Return what is said in the scene, or what can be read where nobody speaks."""
    return scene.spoken or words_on(scene.card) or scene.title


def explains_in_order(kinds: list[str]) -> bool:
    """Tell whether all of ``EXPLAINING`` is there and no part of it before an earlier one."""
    explained = [EXPLAINING.index(kind) for kind in kinds if kind in EXPLAINING]
    return explained == sorted(explained) and set(explained) == set(range(len(EXPLAINING)))


def seconds_of(timeline: Timeline, frames: int) -> float:
    """Return how long ``frames`` last, in seconds."""
    return round(float(timeline.profile.seconds(frames)), PLACES)
