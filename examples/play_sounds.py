#!/usr/bin/env python3
"""Make the sounds of the example with narration: a music box, and what a narrator says.

The music is computed here. The words are read from the payload and spoken by eSpeak NG, which has
to be installed for that; its licence covers the program and not what it says. Run
``python examples/play_sounds.py`` after a change; the sounds lie beside the payloads.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream

PAYLOADS = Path(__file__).parent / "payloads"
RATE = 48_000
BEAT_S = 0.42
MELODY = "E5 G5 A5 . G5 E5 D5 . C5 E5 G5 . E5 . . . A5 G5 E5 . D5 C5 D5 . E5 D5 C5 . C5 . . ."
BASS = "C3 . G3 . A2 . E3 . F2 . C3 . G2 . G3 . A2 . E3 . F2 . A3 . G2 . G3 . C3 . C3 ."
_SEMITONES = {"C": -9, "D": -7, "E": -5, "F": -4, "G": -2, "A": 0, "B": 2}
Samples = np.ndarray[Any, np.dtype[np.float64]]


def _hertz(note: str) -> float:
    return float(440 * 2 ** ((_SEMITONES[note[0]] + 12 * (int(note[1]) - 4)) / 12))


def _pluck(note: str, seconds: float, brightness: float) -> Samples:
    """Return a tine of a music box: a few partials that die away, the higher the faster."""
    at = np.arange(round(seconds * RATE)) / RATE
    wave = np.zeros(at.size)
    for partial, level in ((1, 1.0), (2.0, 0.35), (3.0, 0.18), (5.4, 0.12 * brightness)):
        wave += (
            level * np.sin(2 * np.pi * _hertz(note) * partial * at) * np.exp(-at * 2.4 * partial)
        )
    return np.asarray(wave * np.minimum(1, at / 0.004))


def play_music() -> Samples:
    """Return the piece, which can be looped."""
    beats = MELODY.split()
    track = np.zeros(round(len(beats) * BEAT_S * RATE))
    for notes, level, brightness in ((beats, 0.4, 1.0), (BASS.split(), 0.3, 0.2)):
        for number, note in enumerate(notes):
            if note == ".":
                continue
            start = round(number * BEAT_S * RATE)
            tine = level * _pluck(note, 2.2, brightness)
            # What rings on after the end belongs to the beginning of the next round.
            places = (start + np.arange(tine.size)) % track.size
            track[places] += tine
    return np.asarray(track / np.abs(track).max() * 0.7)


def speak(words: str) -> Samples:
    """Return ``words`` as eSpeak NG says them."""
    program = shutil.which("espeak-ng")
    if program is None:
        sys.exit("espeak-ng is not installed; the sounds stay as they are.")
    asked = [program, "-v", "en-gb", "-s", "150", "-p", "42", "--stdout", words]
    done = subprocess.run(asked, check=True, capture_output=True)  # noqa: S603 -- our own words
    said = done.stdout
    samples = np.frombuffer(said[44:], np.int16).astype(np.float64) / 32768
    at = np.arange(0, samples.size, 22_050 / RATE)
    return np.asarray(np.interp(at, np.arange(samples.size), samples))


def write_ogg(path: Path, mono: Samples, bit_rate: int) -> None:
    """Write samples as Opus, without a date and the same every time."""
    with av.open(str(path), "w", format="ogg", options={"fflags": "+bitexact"}) as file:
        stream = file.add_stream("libopus", rate=RATE, options={"application": "audio"})
        if not isinstance(stream, AudioStream):
            sys.exit("libopus is no audio encoder here.")
        stream.codec_context.layout = "mono"
        stream.codec_context.format = "s16"
        stream.codec_context.bit_rate = bit_rate
        frame = AudioFrame.from_ndarray(
            np.round(mono * 32767).astype(np.int16)[None], format="s16", layout="mono"
        )
        frame.sample_rate = RATE
        resampler = AudioResampler("s16", "mono", RATE, frame_size=960)
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            file.mux(stream.encode(piece))
        file.mux(stream.encode(None))


def main() -> None:
    """Write the music, and a narration for every step that names one."""
    write_ogg(PAYLOADS / "sounds" / "music-box.ogg", play_music(), 40_000)
    request = json.loads((PAYLOADS / "narrated.json").read_bytes())["previewRequest"]
    for step in request["steps"]:
        if "audio" in step:
            write_ogg(PAYLOADS / step["audio"]["file"], speak(step["narration"]), 28_000)


if __name__ == "__main__":
    main()
