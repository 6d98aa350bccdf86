"""Pictures of scenes as visuals of a storyboard: where they are, on which layer, how they move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from preview_worker.render.model import (
    Card,
    ComposedCard,
    PictureRef,
    Region,
    RowsCard,
    Scene,
    StagedCard,
    StepCard,
    Timeline,
)
from preview_worker.render.motion import Motion
from preview_worker.render.tutorial.segments import PLACES, Document, seconds_of
from preview_worker.render.tutorial.subject import slug_of

WHOLE = Region(0, 0, 1, 1)
BESIDE = Region(0.5, 0.18, 0.45, 0.74)
"""Where the pictures of a step are, beside its words."""
KINDS = {"fade", "slide", "zoom", "pulse"}
"""Motions that contract 1.1.0 has words for; others are left out."""
EASINGS = {"linear", "easeInOutCubic", "easeOutQuad"}


@dataclass(frozen=True, slots=True)
class _Visual:
    name: str
    region: Region
    motions: Sequence[Motion] = ()


def list_visuals(scene: Scene, prefix: str, timeline: Timeline) -> Iterator[Document]:
    """Yield the visuals of ``scene`` from below; ``prefix`` begins their ids."""
    for layer, visual in enumerate(_visuals(scene.card)):
        document = {
            "id": f"{prefix}-visual-{layer + 1}",
            "assetId": visual.name,
            "placement": placement(visual.region),
            "layer": layer,
        }
        motions = [_motion(one, scene, timeline) for one in visual.motions if one.kind in KINDS]
        # The contract has room for one motion of a visual; the first is what a viewer sees first.
        yield document | {"motion": motions[0]} if motions else document


def _visuals(card: Card) -> Iterator[_Visual]:
    match card:
        case StepCard():
            refs = [one.picture for one in card.gallery] or [card.picture]
            yield from _column([ref for ref in refs if ref is not None])
        case RowsCard():
            yield from _column([row.picture for row in card.rows if row.picture is not None])
        case ComposedCard(picture=PictureRef() as ref):
            yield _Visual(asset_of(ref), WHOLE, card.motions)
        case StagedCard():
            for one in card.pictures:
                name = one.name or (asset_of(one.picture) if one.picture else "")
                yield _Visual(name, one.region, one.motions)
        case _:
            return


def _column(refs: Sequence[PictureRef]) -> Iterator[_Visual]:
    """Put pictures one below the other, beside the words of their scene."""
    height = BESIDE.height / max(1, len(refs))
    for number, ref in enumerate(refs):
        region = Region(BESIDE.x, BESIDE.y + number * height, BESIDE.width, height)
        yield _Visual(asset_of(ref), region)


def _motion(motion: Motion, scene: Scene, timeline: Timeline) -> Document:
    last = min(motion.end_frame, scene.frames)
    told: Document = {
        "type": motion.kind,
        "startSec": seconds_of(timeline, min(motion.start_frame, last)),
        "endSec": seconds_of(timeline, last),
        "easing": motion.easing if motion.easing in EASINGS else None,
    }
    if motion.kind == "fade":
        told |= {"from": motion.opacity[0], "to": motion.opacity[1]}
    if motion.kind in {"zoom", "pulse"}:
        low, high = sorted(motion.scale)
        anchor = dict(zip("xy", motion.anchor, strict=True))
        told |= {"minScale": low, "maxScale": high, "anchor": anchor}
    return told


def asset_of(ref: PictureRef) -> str:
    """Return a name for a picture: its file's, without folders and ending."""
    name = ref.candidates[0].replace("\\", "/").rpartition("/")[2]
    return name.rpartition(".")[0] or name or slug_of(ref.where)


def placement(region: Region) -> Document:
    """Return a region as the contract has it."""
    sides = zip(("x", "y", "width", "height"), region, strict=True)
    return {name: round(side, PLACES) for name, side in sides}
