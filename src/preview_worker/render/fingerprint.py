"""Fingerprints: digests of all that decides what a part of a preview looks or sounds like.

Where in the preview the part stands, and what it is called, is none of that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction

from preview_worker.render.model import PictureRef, Scene, Timeline
from preview_worker.render.shots import Shot
from preview_worker.render.soundtrack import SoundRef

Digests = Callable[[PictureRef | SoundRef], str | None]
"""Returns the SHA-256 of an asset's bytes; None for a sound that is missing."""
NAMES_ONLY = {"id", "title", "spoken", "start_frame", "voice", "kind"}
"""What a scene says of itself beside its looks."""


class Fingerprints:
    """Takes the fingerprints of one timeline's parts; what all shots have in common, once."""

    def __init__(self, timeline: Timeline, made_with: object, digests: Digests) -> None:
        """Let ``made_with`` be everything beside the timeline that decides a result."""
        self._timeline = timeline
        self._digests = digests
        self._made_with = _digest(made_with)
        common = (timeline.profile, timeline.look, timeline.language, timeline.watermark)
        self._around = _digest([_plain(common, digests), self._made_with])

    def of_shot(self, shot: Shot) -> str:
        """Return the fingerprint of a shot's pictures."""
        scenes = self._timeline.scenes[max(0, shot.number - 1) : shot.number + 1]
        if shot.part == "scene":
            scenes = scenes[-1:]
        looks = [_looks(scene, self._digests) for scene in scenes]
        return _digest(["shot", shot.part, shot.frames, looks, self._around])

    def of_sound(self) -> str:
        """Return the fingerprint of the whole sound."""
        timeline = self._timeline
        voices = [[scene.start_frame, scene.frames, scene.voice] for scene in timeline.scenes]
        heard = _plain([voices, timeline.sound, timeline.profile.fps], self._digests)
        return _digest(["sound", timeline.profile.container, heard, self._made_with])


def _looks(scene: Scene, digests: Digests) -> object:
    looks = {
        field.name: _plain(getattr(scene, field.name), digests)
        for field in fields(scene)
        if field.name not in NAMES_ONLY
    }
    return {**looks, "speaks": bool(scene.spoken)}


def _plain(value: object, digests: Digests) -> object:
    """Turn ``value`` into what JSON can say, its assets into the digests of their bytes."""
    if value is None or isinstance(value, str | int | float):  # nearly everything is
        return value
    if isinstance(value, PictureRef | SoundRef):
        return {"asset": digests(value)}
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, list | tuple):
        return [_plain(item, digests) for item in value]
    return _named(value, digests)


def _named(value: object, digests: Digests) -> object:
    """Turn a mapping or a dataclass, which goes by its name, into an object of JSON."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item, digests) for key, item in value.items()}
    if not is_dataclass(value):
        message = f"a scene holds {type(value).__name__}, which has no fingerprint"
        raise TypeError(message)
    named = {field.name: _plain(getattr(value, field.name), digests) for field in fields(value)}
    return {"": type(value).__name__, **named}


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
