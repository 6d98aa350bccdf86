"""The mix: every narration where it belongs and the music below, in blocks that are exact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from preview_worker.render.audio.decode import Block
from preview_worker.render.audio.duck import ducker_of
from preview_worker.render.audio.gauge import BLOCK, SILENT_LUFS, linear
from preview_worker.render.audio.listener import Heard, Listener
from preview_worker.render.audio.plan import Clip
from preview_worker.render.audio.reel import Reel, loop
from preview_worker.render.soundtrack import CHANNELS, SAMPLE_RATE, Ducking, Music

LEVEL_LUFS = -14.0
"""What every narration is brought to before they are mixed, and what the music is measured by."""
MOST_CHANGE_DB = 30.0
EDGE = SAMPLE_RATE // 200
"""Samples over which a narration fades in and out, so that it does not click."""
CUT = SAMPLE_RATE // 20
"""The same for one that has to make way for the next."""
MUSIC_FADE = SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Voice:
    """A narration that is there, from sample ``start`` to ``stop``."""

    clip: Clip
    stop: int
    gain: float
    fade_out: int

    @classmethod
    def of(cls, clip: Clip, heard: Heard) -> Voice:
        """Place what was heard; it may have to end early."""
        natural = clip.start + heard.samples
        stop = min(natural, clip.stop)
        fade_out = EDGE if natural <= clip.stop else CUT
        return cls(clip, stop, level_gain(heard), fade_out)


@dataclass(frozen=True, slots=True)
class Bed:
    """Music that is there."""

    music: Music
    heard: Heard


def level_gain(heard: Heard) -> float:
    """Return what brings a sound to ``LEVEL_LUFS``, or 1 when its loudness is not known."""
    if heard.lufs <= SILENT_LUFS:
        return 1.0
    change = LEVEL_LUFS - heard.lufs
    return linear(min(max(change, -MOST_CHANGE_DB), MOST_CHANGE_DB))


class Mixer:
    """Mixes one track. ``blocks`` may be asked for again and gives the same samples."""

    def __init__(
        self, samples: int, voices: list[Voice], bed: Bed | None, ducking: Ducking
    ) -> None:
        """Mix ``samples`` samples."""
        self._samples = samples
        self._voices = voices
        self._bed = bed
        self._ducking = ducking

    def blocks(self, listener: Listener) -> Iterator[Block]:
        """Yield the whole track, ``BLOCK`` samples at a time; the last block may be shorter."""
        voices = _Speech(self._voices, listener)
        bed = None if self._bed is None else _Music(self._bed, self._samples, listener)
        ducker = ducker_of(self._ducking, ((one.clip.start, one.stop) for one in self._voices))
        for start in range(0, self._samples, BLOCK):
            mixed = voices.read(start, min(BLOCK, self._samples - start))
            if bed is not None:
                gain = ducker.gain(start, mixed)
                mixed = mixed + bed.read(start, mixed.shape[1]) * gain
            yield mixed


class _Speech:
    """Reads all narrations, one after the other."""

    def __init__(self, voices: list[Voice], listener: Listener) -> None:
        self._waiting = sorted(voices, key=lambda voice: voice.clip.start, reverse=True)
        self._listener = listener
        self._speaking: list[tuple[Voice, Reel]] = []

    def read(self, start: int, samples: int) -> Block:
        mixed = np.zeros((CHANNELS, samples), np.float32)
        while self._waiting and self._waiting[-1].clip.start < start + samples:
            voice = self._waiting.pop()
            self._speaking.append((voice, Reel(self._listener.play(voice.clip.sound))))
        for voice, reel in self._speaking:
            begin = max(voice.clip.start, start)
            end = min(voice.stop, start + samples)
            if end > begin:
                ramp = _fades(begin, end, voice) * np.float32(voice.gain)
                mixed[:, begin - start : end - start] += reel.read(end - begin) * ramp
        self._speaking = [pair for pair in self._speaking if pair[0].stop > start + samples]
        return mixed


def _fades(begin: int, end: int, voice: Voice) -> Block:
    at = np.arange(begin, end)
    rise = (at - voice.clip.start + 0.5) / EDGE
    fall = (voice.stop - at - 0.5) / voice.fade_out
    return np.minimum(np.minimum(rise, fall), 1.0).astype(np.float32)


class _Music:
    """Reads the bed, looped, faded at its two ends."""

    def __init__(self, bed: Bed, samples: int, listener: Listener) -> None:
        self._entry = min(int(bed.music.entry_s * SAMPLE_RATE), samples)
        self._stop = samples
        self._gain = np.float32(level_gain(bed.heard) * float(bed.music.gain))
        length = bed.heard.samples
        skip = min(int(bed.music.skip_s * SAMPLE_RATE), length - 1)
        self._reel = Reel(loop(partial(listener.play, bed.music.sound), skip, length))

    def read(self, start: int, samples: int) -> Block:
        played = np.zeros((CHANNELS, samples), np.float32)
        begin = max(start, self._entry)
        if begin < start + samples:
            at = np.arange(begin, start + samples)
            rise = (at - self._entry + 0.5) / MUSIC_FADE
            fall = (self._stop - at - 0.5) / MUSIC_FADE
            ramp = np.minimum(np.minimum(rise, fall), 1.0).astype(np.float32)
            played[:, begin - start :] = self._reel.read(at.size) * ramp * self._gain
        return played
