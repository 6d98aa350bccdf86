"""render-config.json: the timeline as scenes that a renderer of the earlier kind would take."""

from __future__ import annotations

from itertools import groupby

from preview_worker.render.colour import readable
from preview_worker.render.language import primary
from preview_worker.render.look import TEXT_RATIO, Look
from preview_worker.render.model import (
    Card,
    Colour,
    ComposedCard,
    PictureRef,
    Scene,
    StagedCard,
    StepCard,
    Timeline,
)
from preview_worker.render.tutorial.lettering import Lettering, letter
from preview_worker.render.tutorial.segments import Document, seconds_of
from preview_worker.render.tutorial.subject import Subject

_ACCENTED = {"title", "badge"}


def config_document(timeline: Timeline, subject: Subject) -> Document:
    """Return the render-config of ``timeline``; one scene of it for each scene."""
    profile = timeline.profile
    fps = profile.fps
    return {
        "projectId": subject.id,
        "gameName": subject.name,
        "language": primary(timeline.language),
        "video": {
            "resolution": {"width": profile.width_px, "height": profile.height_px},
            "fps": fps.numerator if fps.denominator == 1 else round(float(fps), 3),
        },
        "scenes": [_scene(scene, timeline) for scene in timeline.scenes],
        "chapters": [
            {
                "index": index,
                "startSec": seconds_of(timeline, scene.start_frame),
                "title": scene.title,
                "sceneId": scene.id,
            }
            for index, scene in enumerate(timeline.scenes)
        ],
    }


def _scene(scene: Scene, timeline: Timeline) -> Document:
    document = {
        "id": scene.id,
        "durationSec": seconds_of(timeline, scene.frames),
        "background": _background(scene, timeline.look),
        "overlays": _overlays(scene, timeline.look),
    }
    if scene.voice is not None and scene.voice.candidates:
        # Upstream's renderer wants a file wherever it finds words to be spoken.
        document["narrationText"] = scene.spoken
        document["audio"] = {"file": scene.voice.candidates[0]}
    return document


def _background(scene: Scene, look: Look) -> Document:
    ref = _picture(scene.card)
    if ref is not None:
        return {"image": ref.candidates[0]}
    return {"color": hexadecimal(_ground(scene, look))}


def _ground(scene: Scene, look: Look) -> Colour:
    if isinstance(scene.card, ComposedCard):
        return scene.card.ground or look.plain
    return look.scheme(scene.section).ground


def _picture(card: Card) -> PictureRef | None:
    match card:
        case StepCard() | ComposedCard():
            return card.picture
        case StagedCard():
            return next((one.picture for one in card.pictures if one.picture), None)
        case _:
            return None


def _overlays(scene: Scene, look: Look) -> list[Document]:
    """Return the texts of a scene; those of one kind in one place become one, line by line."""
    scheme, ground = look.scheme(scene.section), _ground(scene, look)
    accent, ink = (readable(one, ground, TEXT_RATIO) for one in (scheme.accent_text, look.text))

    def colour_of(one: Lettering) -> str:
        return hexadecimal(one.colour or (accent if one.role in _ACCENTED else ink))

    texts = groupby(letter(scene.card), key=lambda one: (one.role, one.position, colour_of(one)))
    return [
        {
            "type": role,
            "text": "\n".join(one.text for one in group),
            "position": position,
            "fontColor": colour,
        }
        for (role, position, colour), group in texts
    ]


def hexadecimal(colour: Colour) -> str:
    """Return ``"#0f172a"`` for a colour."""
    return f"#{colour.red:02x}{colour.green:02x}{colour.blue:02x}"
