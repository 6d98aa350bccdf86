"""The studio: everything that shall be heard goes in, one mastered track comes out, or silence."""

from __future__ import annotations

from dataclasses import dataclass

from preview_worker.render.audio.gauge import measure
from preview_worker.render.audio.listener import Heard, Listener
from preview_worker.render.audio.master import Master, plan_master
from preview_worker.render.audio.mix import Bed, Mixer, Voice
from preview_worker.render.audio.plan import Clip, plan_score
from preview_worker.render.audio.reel import Reel
from preview_worker.render.model import Timeline
from preview_worker.render.soundtrack import Music


@dataclass(frozen=True, slots=True)
class Track:
    """A track that is ready to be encoded."""

    mixer: Mixer
    master: Master
    listener: Listener

    def reel(self) -> Reel:
        """Return the track, ready to be played from its first sample."""
        return Reel(self.master.apply(self.mixer.blocks(self.listener)))


def record_track(timeline: Timeline, listener: Listener) -> Track | None:
    """Mix and master what ``timeline`` wants to be heard; None when nothing can be heard.

    Raises ``PreviewError`` for sounds that may not or cannot be read.
    """
    score = plan_score(timeline)
    voices = [
        Voice.of(clip, heard)
        for clip in score.voices
        if (heard := _hear(clip, listener)) is not None and heard.heard
    ]
    bed = None if score.music is None else _bed(score.music, listener)
    if not voices and bed is None:
        return None
    mixer = Mixer(score.samples, voices, bed, timeline.sound.ducking)
    reading = measure(mixer.blocks(listener))
    if not reading.heard:
        return None
    loudness = timeline.sound.loudness
    master = plan_master(lambda: mixer.blocks(listener), reading, loudness)
    return Track(mixer, master, listener)


def _hear(clip: Clip, listener: Listener) -> Heard | None:
    return listener.hear_whole(clip.sound) if clip.scene is None else listener.hear(clip.sound)


def _bed(music: Music, listener: Listener) -> Bed | None:
    if music.gain == 0:
        return None
    heard = listener.hear_music(music.sound)
    return Bed(music, heard) if heard is not None and heard.heard else None
