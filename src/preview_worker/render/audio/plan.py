"""Which sound begins at which sample, and by when it has to be over."""

from __future__ import annotations

from dataclasses import dataclass

from preview_worker.render.model import Timeline
from preview_worker.render.soundtrack import SAMPLE_RATE, Music, SoundRef, samples_at


@dataclass(frozen=True, slots=True)
class Clip:
    """One narration on the track, from sample ``start``; at ``stop`` the next one begins."""

    sound: SoundRef
    start: int
    stop: int
    scene: str | None
    """The scene that it belongs to; None for a narration of the whole preview."""
    scene_stop: int
    """The sample that its scene ends with, or the preview."""


@dataclass(frozen=True, slots=True)
class Score:
    """Everything that shall be heard, on exact samples."""

    samples: int
    voices: tuple[Clip, ...]
    music: Music | None


def plan_score(timeline: Timeline) -> Score:
    """Place the sounds of ``timeline``.

    Narrations of scenes go before one of the whole preview, and begin with the scene's first frame.
    """
    fps = timeline.profile.fps
    total = samples_at(timeline.frames, fps)
    starts: list[tuple[int, SoundRef, str | None, int]] = [
        (samples_at(scene.start_frame, fps), scene.voice, scene.id, scene.end_frame)
        for scene in timeline.scenes
        if scene.voice is not None
    ]
    if not starts:
        starts = [
            (int(narration.start_s * SAMPLE_RATE), narration.sound, None, timeline.frames)
            for narration in sorted(timeline.sound.narrations, key=lambda one: one.start_s)
        ]
    stops = [*(start for start, *_ in starts[1:]), total]
    voices = tuple(
        Clip(sound, start, min(stop, total), scene, samples_at(last, fps))
        for (start, sound, scene, last), stop in zip(starts, stops, strict=False)
        if start < total
    )
    return Score(total, voices, timeline.sound.music)
