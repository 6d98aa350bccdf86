"""storyboard.json: the timeline in the closed schema of storyboard contract 1.1.0."""

from __future__ import annotations

from collections.abc import Iterator

from preview_worker.contract import Finding
from preview_worker.render.model import Region, Scene, Timeline
from preview_worker.render.tutorial.lettering import Lettering, letter
from preview_worker.render.tutorial.segments import (
    PLACES,
    Document,
    narration_of,
    seconds_of,
    segment_types,
)
from preview_worker.render.tutorial.subject import Subject
from preview_worker.render.tutorial.visuals import list_visuals, placement

VERSION = "1.1.0"
SHORTEST_S = 1.0
"""The contract knows no shorter scene, so one that is shorter is written down as this long."""
SCENE_TYPES = {
    "hook": "intro",
    "components": "components_overview",
    "turn_structure": "turn_flow",
    "core_mechanic": "turn_flow",
    "scoring": "scoring_summary",
    "end_card": "end_card",
}
"""What a segment is called in a storyboard; everything else is a step."""


def storyboard_document(timeline: Timeline, subject: Subject) -> Document:
    """Return the storyboard of ``timeline``: every scene, with links, texts and pictures."""
    profile = timeline.profile
    ids = [scene_id(scene) for scene in timeline.scenes]
    links = zip([None, *ids[:-1]], [*ids[1:], None], strict=True)
    return {
        "storyboardContractVersion": VERSION,
        "game": {"slug": subject.slug, "name": subject.name},
        "resolution": {
            "width": profile.width_px,
            "height": profile.height_px,
            "fps": _rate(timeline),
        },
        "scenes": [
            {
                "id": scene_id(scene),
                "index": index,
                "segmentId": scene.id,
                "type": _type_of(scene, kind, index),
                "prevSceneId": before,
                "nextSceneId": after,
                "durationSec": max(SHORTEST_S, seconds_of(timeline, scene.frames)),
                "visuals": list(list_visuals(scene, scene_id(scene), timeline)),
                "overlays": list(_overlays(scene, timeline)),
            }
            for index, (scene, kind, (before, after)) in enumerate(
                zip(timeline.scenes, segment_types(timeline), links, strict=True)
            )
        ],
    }


def find_short_scenes(timeline: Timeline) -> tuple[Finding, ...]:
    """Tell which scenes are longer in the storyboard than they are."""
    least = SHORTEST_S * float(timeline.profile.fps)
    told = "A storyboard knows no scene below a second; this one is written down as one second."
    return tuple(
        Finding("storyboard.scene_short", told, scene.id, "note")
        for scene in timeline.scenes
        if scene.frames < least
    )


def scene_id(scene: Scene) -> str:
    """Return the scene's id in a storyboard, where all of them begin alike."""
    return scene.id if scene.id.startswith("scene-") else f"scene-{scene.id}"


def _rate(timeline: Timeline) -> int | float:
    fps = timeline.profile.fps
    return fps.numerator if fps.denominator == 1 else round(float(fps), PLACES)


def _type_of(scene: Scene, segment: str, index: int) -> str:
    if scene.kind == "title" and index:
        return "transition"
    return SCENE_TYPES.get(segment, "setup_step")


def _overlays(scene: Scene, timeline: Timeline) -> Iterator[Document]:
    texts = letter(scene.card) or (
        Lettering("body", narration_of(scene), "center", Region(0.1, 0.4, 0.8, 0.2)),
    )
    for number, one in enumerate(texts, 1):
        end = scene.frames if one.end_frame is None else min(one.end_frame, scene.frames)
        yield {
            "id": f"{scene_id(scene)}-overlay-{number}",
            "text": one.text,
            "placement": placement(one.region),
            "startSec": seconds_of(timeline, one.start_frame),
            "endSec": seconds_of(timeline, end),
        }
