"""The studio: everything that shall be heard goes in, one mastered track comes out, or silence."""

from __future__ import annotations

from dataclasses import dataclass

from preview_worker.contract import Finding
from preview_worker.render.audio.gauge import measure
from preview_worker.render.audio.listener import Heard, Listener
from preview_worker.render.audio.master import Master, plan_master
from preview_worker.render.audio.mix import Bed, Mixer, Voice
from preview_worker.render.audio.plan import Clip, Score, plan_score
from preview_worker.render.audio.reel import Reel
from preview_worker.render.model import Timeline
from preview_worker.render.soundtrack import SAMPLE_RATE

CARDS = {"title", "end"}
"""Kinds of scenes that are shown without anybody minding the silence."""
SLACK = SAMPLE_RATE * 8 // 100
"""How many samples a narration may outlast its scene before anybody minds."""


@dataclass(frozen=True, slots=True)
class Track:
    """A track that is ready to be encoded."""

    mixer: Mixer
    master: Master
    listener: Listener

    def reel(self) -> Reel:
        """Return the track, ready to be played from its first sample."""
        return Reel(self.master.apply(self.mixer.blocks(self.listener)))


def record_track(timeline: Timeline, listener: Listener, findings: list[Finding]) -> Track | None:
    """Mix and master what ``timeline`` wants to be heard; None when nothing can be heard.

    Sounds that are missing and narrations that outlast their scenes are told in ``findings``.
    Raises ``PreviewError`` for sounds that may not or cannot be read.
    """
    score = plan_score(timeline)
    voices = [
        Voice.of(clip, heard)
        for clip in score.voices
        if (heard := _hear(clip, listener, findings)) is not None
    ]
    bed = _bed(score, listener, findings)
    _tell_unspoken(timeline, score, findings)
    if not voices and bed is None:
        return None
    mixer = Mixer(score.samples, voices, bed, timeline.sound.ducking)
    reading = measure(mixer.blocks(listener))
    if not reading.heard:
        return None
    loudness = timeline.sound.loudness
    master = plan_master(lambda: mixer.blocks(listener), reading, loudness)
    return Track(mixer, master, listener)


def _hear(clip: Clip, listener: Listener, findings: list[Finding]) -> Heard | None:
    hear = listener.hear_whole if clip.scene is None else listener.hear
    heard = hear(clip.sound)
    if heard is None:
        told = f"The narration at {clip.sound.where} does not exist; nothing is heard in its place."
        findings.append(Finding("narration.missing", told, clip.scene))
        return None
    over = clip.start + heard.samples - clip.scene_stop
    if over > SLACK:
        owner = "the preview" if clip.scene is None else "its scene"
        told = (
            f"The narration at {clip.sound.where} lasts {over / SAMPLE_RATE:.2f} s longer than "
            f"{owner}. Give {owner} {heard.samples / SAMPLE_RATE:.2f} s, or say less."
        )
        findings.append(Finding("narration.too_long", told, clip.scene))
    return heard if heard.heard else None


def _bed(score: Score, listener: Listener, findings: list[Finding]) -> Bed | None:
    music = score.music
    if music is None or music.gain == 0:
        return None
    heard = listener.hear_music(music.sound)
    if heard is None:
        told = f"The music at {music.sound.where} does not exist; there is none."
        findings.append(Finding("music.missing", told))
        return None
    return Bed(music, heard) if heard.heard else None


def _tell_unspoken(timeline: Timeline, score: Score, findings: list[Finding]) -> None:
    """Tell of scenes that have words but no narration, where other scenes have one."""
    if not any(clip.scene for clip in score.voices):
        return
    for scene in timeline.scenes:
        if scene.spoken and scene.voice is None and scene.kind not in CARDS:
            told = "Other scenes have a narration, this one has none."
            findings.append(Finding("narration.missing", told, scene.id))
