"""How each container's video and audio are encoded."""

from __future__ import annotations

from dataclasses import dataclass

from preview_worker.render.model import Container


@dataclass(frozen=True, slots=True)
class Recipe:
    """Encoder names and options."""

    video: str
    video_options: dict[str, str]
    audio: str
    audio_options: dict[str, str]
    audio_format: str
    audio_bits: int


_X264 = (
    "cabac=0:8x8dct=0:bframes=0:ref=1:weightp=0:scenecut=0:rc-lookahead=0:sync-lookahead=0:"
    "mbtree=0:force-cfr=1:keyint=infinite:aq-mode=0:qp=22:ipratio=2.828"
)
"""Baseline features only, so that holding.py can write the pictures in between by itself.
Constant quantisers make a picture's bytes depend on the pictures of its shot alone: 13 for key
frames, which are looked at for seconds, and 22 for those that pass by (nine more are a ratio of
2 ** 1.5)."""

FLAGS = 1 << 23 | 1 << 22
"""AV_CODEC_FLAG_BITEXACT and AV_CODEC_FLAG_GLOBAL_HEADER."""

RECIPES: dict[Container, Recipe] = {
    "mp4": Recipe(
        video="libx264",
        video_options={
            "preset": "superfast",
            "tune": "stillimage",
            "profile": "baseline",
            "x264-params": _X264,
        },
        audio="aac",
        audio_options={"aac_coder": "fast"},
        audio_format="fltp",
        audio_bits=192_000,
    ),
    "webm": Recipe(
        video="libvpx-vp9",
        video_options={
            "deadline": "realtime",
            "cpu-used": "7",
            "row-mt": "1",
            "lag-in-frames": "0",
            "auto-alt-ref": "0",
            "crf": "14",
            "b": "0",
        },
        audio="libopus",
        audio_options={"vbr": "on", "application": "audio"},
        audio_format="flt",
        audio_bits=128_000,
    ),
}
