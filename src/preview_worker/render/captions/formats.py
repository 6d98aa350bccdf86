"""Captions as files: SubRip and WebVTT."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from preview_worker.render.model import Cue


def _clock(frame: int, fps: Fraction, point: str) -> str:
    total_ms = int(frame * 1000 / fps + Fraction(1, 2))
    seconds, ms = divmod(total_ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{ms:03}"


def _span(cue: Cue, fps: Fraction, point: str) -> str:
    return f"{_clock(cue.start_frame, fps, point)} --> {_clock(cue.end_frame, fps, point)}"


def as_srt(cues: Sequence[Cue], fps: Fraction) -> str:
    """Return SubRip text: numbered from 1, line feeds, a comma before the milliseconds."""
    return "\n".join(
        f"{number}\n{_span(cue, fps, ',')}\n" + "\n".join(cue.lines) + "\n"
        for number, cue in enumerate(cues, start=1)
    )


def as_vtt(cues: Sequence[Cue], fps: Fraction) -> str:
    """Return WebVTT text, what looks like its markup escaped."""
    blocks = ["WEBVTT\n"]
    for number, cue in enumerate(cues, start=1):
        text = "\n".join(cue.lines).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        blocks.append(f"{number}\n{_span(cue, fps, '.')}\n{text}\n")
    return "\n".join(blocks)
