"""Pictures and sounds for the benchmarks, made by script, so that nothing has to be carried along.

The pictures are as hard to encode as photographs of boards: soft light, and a grid of fields with
sharp edges all over. The sounds are voiced and pause like speech, and play chords like music.
"""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

RATE = 48_000
SIZE_PX = (1600, 1200)
_GRAIN_PX = (40, 30)
_FIELD_PX = 80
_PEAK = 32_767


def draw_board(path: Path, seed: int) -> None:
    """Write a picture of a board of our own as PNG; each ``seed`` has its own colours."""
    random = np.random.default_rng(seed)
    grain = random.integers(40, 215, (_GRAIN_PX[1], _GRAIN_PX[0], 3), np.uint8)
    image = Image.fromarray(grain).resize(SIZE_PX, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    for left in range(0, SIZE_PX[0], _FIELD_PX):
        for top in range(0, SIZE_PX[1], _FIELD_PX):
            box = (left + 6, top + 6, left + _FIELD_PX - 6, top + _FIELD_PX - 6)
            red, green, blue = (int(part) for part in random.integers(0, 255, 3))
            draw.rounded_rectangle(box, 12, outline=(red, green, blue), width=4)
    image.save(path, compress_level=1)


def speak(path: Path, seconds: float, seed: int) -> None:
    """Write a mono WAV that rises and falls in syllables, with a pause after every sixth."""
    random = np.random.default_rng(seed)
    time_s = np.arange(int(seconds * RATE)) / RATE
    pitch_hz = 110 + 25 * np.sin(2 * np.pi * 0.4 * time_s)
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE
    voiced = sum(np.sin(phase * n) / n for n in range(1, 12))
    breath = random.normal(0, 0.15, len(time_s))
    syllable = np.floor(time_s * 4).astype(int)
    loud = np.sin(np.pi * (time_s * 4 % 1)) * (syllable % 7 != 6)  # noqa: PLR2004 -- the pause
    _write(path, (0.3 * (voiced + breath) * loud)[np.newaxis])


def play(path: Path, seconds: float) -> None:
    """Write a stereo WAV of slow chords."""
    time_s = np.arange(int(seconds * RATE)) / RATE
    roots_hz = np.array([220.0, 174.6, 261.6, 196.0])[(time_s // 2).astype(int) % 4]
    left, right = (
        sum(np.sin(2 * np.pi * roots_hz * step * time_s + turn) for step in (1, 1.25, 1.5)) / 6
        for turn in (0.0, 0.7)
    )
    _write(path, np.stack([left, right]))


def _write(path: Path, channels: np.ndarray) -> None:
    samples = np.clip(channels.T * _PEAK, -_PEAK, _PEAK).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels.shape[0])
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
