"""Captions as files: SubRip and WebVTT."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from preview_worker.render.model import Cue

_IN_SUBRIP = (
    ("-->", "→"),
    ("<", "\u2039"),
    (">", "\u203a"),
    ("{", "("),
    ("}", ")"),
    ("\\", "\u2216"),
)
"""SubRip knows no escapes, and players take angles, braces and backslashes for markup; a look-alike
says the same to a reader (single angle quotation marks, set minus)."""
_CLOCK = re.compile(r"(\d:\d{1,2}):(\d{1,2}[.,]\d)")
"""Some readers take two of these on a line for the times of a cue; a ratio sign is no colon."""
_NO_CLOCK = "\\1\u2236\\2"
_IN_WEBVTT = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))


def _clock(frame: int, fps: Fraction, point: str) -> str:
    total_ms = int(frame * 1000 / fps + Fraction(1, 2))
    seconds, ms = divmod(total_ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{ms:03}"


def _span(cue: Cue, fps: Fraction, point: str) -> str:
    return f"{_clock(cue.start_frame, fps, point)} --> {_clock(cue.end_frame, fps, point)}"


def _text(cue: Cue, replacements: Sequence[tuple[str, str]]) -> str:
    text = "\n".join(cue.lines)
    for sign, stands_for in replacements:
        text = text.replace(sign, stands_for)
    return text


def as_srt(cues: Sequence[Cue], fps: Fraction) -> str:
    """Return SubRip text: numbered from 1, line feeds, a comma before the milliseconds."""
    return "\n".join(
        f"{number}\n{_span(cue, fps, ',')}\n{_CLOCK.sub(_NO_CLOCK, _text(cue, _IN_SUBRIP))}\n"
        for number, cue in enumerate(cues, start=1)
    )


def as_vtt(cues: Sequence[Cue], fps: Fraction) -> str:
    """Return WebVTT text, what looks like its markup escaped."""
    blocks = ["WEBVTT\n"]
    for number, cue in enumerate(cues, start=1):
        blocks.append(f"{number}\n{_span(cue, fps, '.')}\n{_text(cue, _IN_WEBVTT)}\n")
    return "\n".join(blocks)
