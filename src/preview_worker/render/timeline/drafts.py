"""Scenes that know how long they want to last, and the clock that puts them on frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from preview_worker.contract import Finding
from preview_worker.render.brand import Signature
from preview_worker.render.model import (
    Card,
    ComposedCard,
    EndCard,
    Profile,
    Scene,
    SceneKind,
    StagedCard,
    TitleCard,
)
from preview_worker.render.motion import CUT, Motion
from preview_worker.render.soundtrack import SoundRef
from preview_worker.render.timeline.fields import Located, duration_s
from preview_worker.render.timeline.pictures import Catalogue
from preview_worker.render.timeline.transitions import Passage
from preview_worker.render.timeline.voices import Voices
from preview_worker.render.wording import reading_time

SCENE_MIN_S = Fraction(3)


@dataclass(frozen=True, slots=True)
class Draft:
    """A scene without a place in time."""

    id: str
    kind: SceneKind
    title: str
    spoken: str
    section: str
    card: Card
    seconds: Fraction
    voice: SoundRef | None = None
    motions: tuple[Motion, ...] = ()
    passage: Passage | None = None
    """How it takes over from the scene before; None leaves that to the request."""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """What every adapter needs to know of the request around its scenes."""

    title: str
    description: str
    language: str
    profile: Profile
    catalogue: Catalogue
    voices: Voices


@dataclass(frozen=True, slots=True)
class Plan:
    """What an adapter made of its shape."""

    title: str
    drafts: tuple[Draft, ...]
    findings: tuple[Finding, ...] = ()


def kind_of(card: Card) -> SceneKind:
    """Return what a scene with ``card`` is to a viewer."""
    match card:
        case TitleCard():
            return "title"
        case EndCard():
            return "end"
        case ComposedCard() | StagedCard():
            return "composed"
        case _:
            return "step"


def lasting(item: Located, setting: Setting, *texts: str) -> Fraction:
    """Return how long ``item`` lasts: what it says, else its narration, else its longest text."""
    asked = duration_s(item, setting.profile.fps)
    heard = asked or setting.voices.length_s(setting.voices.of(item))
    return heard or max(SCENE_MIN_S, reading_time(max(texts, key=len), setting.language))


def signed(drafts: Sequence[Draft], signature: Signature | None) -> list[Draft]:
    """Return ``drafts`` with the brand's signature on their opening and their end."""
    return [
        replace(draft, card=replace(draft.card, signature=signature))
        if isinstance(draft.card, TitleCard | EndCard)
        else draft
        for draft in drafts
    ]


def place(
    drafts: Iterable[Draft], fps: Fraction, passage: Passage | None = None
) -> tuple[Scene, ...]:
    """Put ``drafts`` on frames; ``passage`` is between those that ask for none.

    Each boundary is the running sum rounded once, half up, so a thousand odd durations end within
    half a frame of their exact sum. A scene has at least one frame.
    """
    scenes: list[Scene] = []
    clock_s, start = Fraction(0), 0
    for draft in drafts:
        clock_s += draft.seconds
        end = max(start + 1, int(clock_s * fps + Fraction(1, 2)))
        asked = draft.passage or passage
        passed = asked.fitted(scenes[-1].frames, end - start, fps) if asked and scenes else CUT
        scenes.append(
            Scene(
                id=draft.id,
                kind=draft.kind,
                title=draft.title,
                start_frame=start,
                frames=end - start,
                spoken=draft.spoken,
                section=draft.section,
                card=draft.card,
                voice=draft.voice,
                transition=passed,
                motions=draft.motions,
            )
        )
        start = end
    return tuple(scenes)
