"""A shot's fingerprint changes with what is seen, and with nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from preview_worker.render.edition import made_with
from preview_worker.render.fingerprint import NAMES_ONLY, Fingerprints
from preview_worker.render.model import PictureRef, Scene, StepCard, Timeline
from preview_worker.render.motion import Motion, Transition
from preview_worker.render.palette import DARK
from preview_worker.render.settings import RenderSettings
from preview_worker.render.shots import Shot, plan_shots
from preview_worker.render.soundtrack import Ducking, Loudness, Music, Narration, SoundRef
from tests.unit.render.jobs import timeline_of

MADE_WITH = made_with(RenderSettings())
BOARD = PictureRef(("board.png",), "/steps/0/image")
VOICE = SoundRef(("voice.wav",), "/steps/0/audio")

Change = Callable[[Timeline], Timeline]


def _digest(ref: PictureRef | SoundRef) -> str:
    """Pretend that files with one name have one content."""
    return ref.candidates[0]


def _timeline() -> Timeline:
    """Return three scenes, of which the second shows a picture and fades in."""
    whole = timeline_of(steps=[{"text": "Deal three cards."}], options={"resolution": "320x180"})
    title, step, end = whole.scenes
    card = replace(_card(step), picture=BOARD)
    fading = Transition("crossfade", 10)
    return replace(whole, scenes=(title, replace(step, card=card, transition=fading), end))


def _card(scene: Scene) -> StepCard:
    assert isinstance(scene.card, StepCard)
    return scene.card


def _with(number: int, **changes: Any) -> Change:
    """Return a change of one scene; those of its card begin with ``card_``."""

    def changed(timeline: Timeline) -> Timeline:
        scene = timeline.scenes[number]
        inner = {k[5:]: v for k, v in changes.items() if k.startswith("card_")}
        outer = {k: v for k, v in changes.items() if not k.startswith("card_")}
        if inner:
            outer["card"] = replace(_card(scene), **inner)
        scenes = list(timeline.scenes)
        scenes[number] = replace(scene, **outer)
        return replace(timeline, scenes=tuple(scenes))

    return changed


def _shot(timeline: Timeline, part: str) -> Shot:
    """Return one of the two shots of the scene in the middle."""
    return next(shot for shot in plan_shots(timeline) if (shot.number, shot.part) == (1, part))


def _key(timeline: Timeline, part: str = "scene", made: object = MADE_WITH) -> str:
    return Fingerprints(timeline, made, _digest).of_shot(_shot(timeline, part))


SEEN: dict[str, Change] = {
    "its words": _with(1, card_body="Deal four cards."),
    "its picture": _with(1, card_picture=PictureRef(("lake.png",), BOARD.where)),
    "that it has a picture": _with(1, card_picture=None),
    "its length": _with(1, frames=200),
    "its section": _with(1, section="scoring"),
    "its transition": _with(1, transition=Transition("crossfade", 11)),
    "its motion": _with(1, card_motions=(Motion("fade", 0, 9),)),
    "that it speaks": _with(1, spoken=""),
    "the size": lambda t: replace(t, profile=replace(t.profile, width_px=322)),
    "the rate": lambda t: replace(t, profile=replace(t.profile, fps=Fraction(30000, 1001))),
    "the container": lambda t: replace(t, profile=replace(t.profile, container="webm")),
    "the look": lambda t: replace(t, look=replace(DARK, glow=0.5)),
    "the language, which hyphenates and shapes its letters": lambda t: replace(t, language="de"),
}
UNSEEN: dict[str, Change] = {
    "its id": _with(1, id="another"),
    "its title in the list": _with(1, title="Another"),
    "its kind": _with(1, kind="composed"),
    "its place": _with(1, start_frame=900),
    "its voice": _with(1, voice=VOICE),
    "its words as spoken": _with(1, spoken="Whatever else."),
    "where the payload names the picture": _with(
        1, card_picture=PictureRef(("board.png", "b.png"), "/elsewhere")
    ),
    "the scene after it": _with(2, frames=7),
    "the preview's title": lambda t: replace(t, title="Moss"),
}


@pytest.mark.parametrize("changed", SEEN.values(), ids=SEEN)
def test_what_is_seen_makes_another_shot(changed: Change) -> None:
    """So that a kept take is never shown in the place of another."""
    timeline = _timeline()

    assert _key(changed(timeline)) != _key(timeline)
    assert _key(changed(timeline), "transition") != _key(timeline, "transition")


@pytest.mark.parametrize("changed", UNSEEN.values(), ids=UNSEEN)
def test_what_is_not_seen_leaves_the_shot(changed: Change) -> None:
    """So that a take serves wherever its scene stands and whatever it is called."""
    timeline = _timeline()

    assert _key(changed(timeline)) == _key(timeline)
    assert _key(changed(timeline), "transition") == _key(timeline, "transition")


def test_the_scene_before_is_seen_in_the_transition_alone() -> None:
    """The rest of the scene is left as it is when its neighbour changes."""
    timeline = _timeline()
    changed = _with(0, section="scoring")(timeline)

    assert _key(changed, "transition") != _key(timeline, "transition")
    assert _key(changed) == _key(timeline)


def test_a_transition_is_not_its_scene() -> None:
    """Even if both last equally long."""
    timeline = _timeline()
    shot = _shot(timeline, "transition")
    scene = replace(shot, part="scene")
    keys = {Fingerprints(timeline, MADE_WITH, _digest).of_shot(one) for one in (shot, scene)}

    assert len(keys) == 2


@pytest.mark.parametrize(
    "made",
    [
        made_with(RenderSettings(max_width_px=640)),
        made_with(RenderSettings(encoder_threads=2)),
        made_with(RenderSettings(keyframe_interval_s=2)),
        {**MADE_WITH, "fonts": {"Inter.otf": "other"}},
        {**MADE_WITH, "renderer": {"version": "0"}},
    ],
    ids=["size", "threads", "key frames", "fonts", "version"],
)
def test_what_it_is_made_with_matters(made: object) -> None:
    """Limits that change bytes, fonts, and the renderer's version."""
    assert _key(_timeline(), made=made) != _key(_timeline())


def test_where_things_are_kept_does_not_matter(tmp_path: Any) -> None:
    """Nor how many processes there are."""
    other = made_with(RenderSettings(processes=9, cache_dir=tmp_path, asset_roots=(tmp_path,)))

    assert _key(_timeline(), made=other) == _key(_timeline())


def test_only_names_are_left_out() -> None:
    """A new field of a scene counts as seen until somebody has thought about it."""
    assert set(Scene.__dataclass_fields__) > NAMES_ONLY


HEARD: dict[str, Change] = {
    "a voice": _with(1, voice=VOICE),
    "a start": _with(1, start_frame=91),
    "the end": _with(2, frames=7),
    "the rate": lambda t: replace(t, profile=replace(t.profile, fps=Fraction(25))),
    "the container": lambda t: replace(t, profile=replace(t.profile, container="webm")),
    "music": lambda t: replace(t, sound=replace(t.sound, music=Music(VOICE, gain=Fraction(1, 3)))),
    "narration": lambda t: replace(t, sound=replace(t.sound, narrations=(Narration(VOICE),))),
    "ducking": lambda t: replace(t, sound=replace(t.sound, ducking=Ducking("none"))),
    "loudness": lambda t: replace(t, sound=replace(t.sound, loudness=Loudness(levelled=False))),
}


@pytest.mark.parametrize("changed", HEARD.values(), ids=HEARD)
def test_what_is_heard_makes_another_recording(changed: Change) -> None:
    """Its sounds, their times, and how they are mixed."""
    timeline = _timeline()

    assert _sound(changed(timeline)) != _sound(timeline)


UNHEARD: dict[str, Change] = {
    "words on a card": _with(1, card_body="Other words."),
    "words for the captions": _with(1, spoken="Other words."),
    "the look": lambda t: replace(t, look=replace(DARK, glow=0.5)),
    "the size": lambda t: replace(t, profile=replace(t.profile, width_px=640)),
}


@pytest.mark.parametrize("changed", UNHEARD.values(), ids=UNHEARD)
def test_what_is_not_heard_leaves_the_recording(changed: Change) -> None:
    """A new word on a card needs no new mix."""
    timeline = _timeline()

    assert _sound(changed(timeline)) == _sound(timeline)


def _sound(timeline: Timeline) -> str:
    return Fingerprints(timeline, MADE_WITH, _digest).of_sound()


def test_a_sound_that_came_makes_another_recording() -> None:
    """The same payload, when a missing file has been found."""
    timeline = _with(1, voice=VOICE)(_timeline())
    missing = Fingerprints(timeline, MADE_WITH, lambda _: None).of_sound()

    assert missing != _sound(timeline)
