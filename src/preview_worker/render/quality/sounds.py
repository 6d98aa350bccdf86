"""Narrations and music against the timeline: whether they are there, and whether they fit."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from preview_worker.contract import Finding
from preview_worker.render.audio import Listener
from preview_worker.render.audio.plan import Clip, Score, plan_score
from preview_worker.render.model import Timeline
from preview_worker.render.soundtrack import SAMPLE_RATE, Music

CARDS = {"title", "end"}
"""Kinds of scenes that are shown without anybody minding the silence."""
SLACK = SAMPLE_RATE * 8 // 100
"""How many samples a narration may outlast its scene before anybody minds."""
MISMATCH = Fraction(3, 10)
"""Share of its scene by which a narration may be shorter, or that it may go on for after it."""


def judge_sounds(timeline: Timeline, listener: Listener) -> Iterator[Finding]:
    """Tell of sounds that are missing, and of narrations that are as long as nothing else.

    Raises ``PreviewError`` for sounds that may not or cannot be read.
    """
    score = plan_score(timeline)
    for clip in score.voices:
        yield from _judge_clip(clip, listener)
    if score.music is not None:
        yield from _judge_music(score.music, listener)
    yield from _judge_unspoken(timeline, score)


def _judge_clip(clip: Clip, listener: Listener) -> Iterator[Finding]:
    hear = listener.hear_whole if clip.scene is None else listener.hear
    heard = hear(clip.sound)
    if heard is None:
        yield Finding(
            "narration.missing",
            f"The narration at {clip.sound.where} does not exist; nothing is heard in its place.",
            clip.scene,
            suggestion="Put the recording under an asset root, or correct its name.",
        )
        return
    room = clip.scene_stop - clip.start
    if heard.samples > room + SLACK:
        yield _too_long(clip, heard.samples, room)
    elif clip.scene is not None and heard.samples < room * (1 - MISMATCH):
        yield Finding(
            "narration.short",
            f"The narration ends after {heard.samples / SAMPLE_RATE:.1f} s of a scene of "
            f"{room / SAMPLE_RATE:.1f} s; the rest is silent.",
            clip.scene,
            severity="note",
            measured=round(heard.samples / room, 3),
            limit=float(1 - MISMATCH),
            suggestion="Shorten the scene, or leave its duration out: it then follows the speech.",
        )


def _too_long(clip: Clip, samples: int, room: int) -> Finding:
    owner = "the preview" if clip.scene is None else "its scene"
    over_s, needed_s = (samples - room) / SAMPLE_RATE, samples / SAMPLE_RATE
    return Finding(
        "narration.too_long",
        f"The narration at {clip.sound.where} lasts {over_s:.2f} s longer than {owner}.",
        clip.scene,
        severity="error" if samples > room * (1 + MISMATCH) else "warning",
        measured=round(needed_s, 3),
        limit=round(room / SAMPLE_RATE, 3),
        suggestion=f"Give {owner} {needed_s:.2f} s, or say less.",
    )


def _judge_music(music: Music, listener: Listener) -> Iterator[Finding]:
    if music.gain == 0 or listener.hear_music(music.sound) is not None:
        return
    yield Finding(
        "music.missing",
        f"The music at {music.sound.where} does not exist; there is none.",
        suggestion="Put the music under an asset root, or correct its name.",
    )


def _judge_unspoken(timeline: Timeline, score: Score) -> Iterator[Finding]:
    """Tell of scenes that have words but no narration, where other scenes have one."""
    if not any(clip.scene for clip in score.voices):
        return
    for scene in timeline.scenes:
        if scene.spoken and scene.voice is None and scene.kind not in CARDS:
            yield Finding(
                "narration.missing",
                "Other scenes have a narration, this one has none.",
                scene.id,
                suggestion="Record it, or name the recording.",
            )
