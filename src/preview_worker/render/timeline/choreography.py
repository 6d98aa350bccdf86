"""What moves on a scene and what points at things there, whatever shape the scene comes in."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from preview_worker.contract import Finding
from preview_worker.render.model import Card, ComposedCard, StagedCard, StepCard
from preview_worker.render.pointer import Pointer
from preview_worker.render.timeline.drafts import Draft, Setting
from preview_worker.render.timeline.fields import Located, as_text
from preview_worker.render.timeline.places import frame_of
from preview_worker.render.timeline.pointers import PointerReader, points_at_anything
from preview_worker.render.timeline.scene_motion import SceneMotion, SceneMotionReader
from preview_worker.render.timeline.transitions import LENGTH_S, MOTIONS, read_passage


def choreographed(
    draft: Draft, item: Located, setting: Setting, passage_s: Fraction = LENGTH_S
) -> Draft:
    """Return ``draft`` with the motion, transition and pointers that its scene asks for.

    ``passage_s`` is how long a transition lasts that does not say.
    """
    fps = setting.profile.fps
    frames = max(1, frame_of(draft.seconds, fps))
    told: list[Finding] = []
    passage = read_passage(item, told, passage_s)
    reader = SceneMotionReader(fps, frames, _is_pictured(draft.card), told)
    moved = reader.read(item)
    if _word(item.get("transition")) in MOTIONS and not moved.picture:
        moved.picture += reader.read(item, "transition").picture
    pointers: tuple[Pointer, ...] = ()
    if points_at_anything(item):
        pointers = _pointers(draft, item, PointerReader(fps, frames, setting.language, told))
    return replace(
        draft,
        card=_enlivened(draft.card, moved, pointers),
        motions=tuple(moved.content),
        passage=passage,
        findings=(*draft.findings, *(replace(one, scene=draft.id) for one in told)),
    )


def _word(value: object) -> str:
    return "".join(filter(str.isalnum, as_text(value).lower()))


def _is_pictured(card: Card) -> bool:
    """Tell whether the scene has one picture that can be meant; a wall of them has none."""
    match card:
        case StepCard():
            return card.picture is not None and not card.gallery
        case ComposedCard():
            return card.picture is not None
        case StagedCard():
            return any(staged.picture for staged in card.pictures)
        case _:
            return False


def _pointers(draft: Draft, item: Located, reader: PointerReader) -> tuple[Pointer, ...]:
    if _is_pictured(draft.card):
        return reader.read(item)
    told = "The scene has no one picture to point at; callouts and the like are left out."
    reader.findings.append(Finding("callouts.no_picture", told))
    return ()


def _enlivened(card: Card, moved: SceneMotion, pointers: tuple[Pointer, ...]) -> Card:
    """Return ``card`` with what moves its picture, and points at it; of several, the largest."""
    if not moved.picture and not pointers:
        return card
    motions = tuple(moved.picture)
    match card:
        case StepCard() | ComposedCard():
            return replace(card, motions=(*card.motions, *motions), pointers=pointers)
        case StagedCard():
            pictured = (staged for staged in card.pictures if staged.picture)
            largest = max(pictured, key=lambda one: one.region.width * one.region.height)
            alive = replace(
                largest,
                motions=largest.motions or motions,
                pointers=(*largest.pointers, *pointers),
            )
            pictures = tuple(alive if one is largest else one for one in card.pictures)
            return replace(card, pictures=pictures)
        case _:
            return card
