"""What the header of a picture tells, and how little of a file a decoder has to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["PNG", "JPEG", "WEBP", "GIF", "AVIF"]
MOST_FRAMES = 1_000
"""Frames that a moving picture may have. Only the first is shown, so this is no matter of cost:
what moves for longer than that, over half a minute at any usual rate, is a film, and a mistake."""


class BrokenHeaderError(ValueError):
    """The file is not built as its kind is."""


@dataclass(frozen=True, slots=True)
class Header:
    """A picture as its header has it."""

    kind: Kind
    width_px: int
    height_px: int
    essence: bytes
    """The file without what the pixels of its first frame do not depend on: texts, profiles, notes
    of cameras, further frames. Decoders see nothing else, so nothing else can harm them."""
    frames: int = 1
    """Counted no further than to one more than ``MOST_FRAMES``."""
    orientation: int | None = 1
    """How it was held, in EXIF's numbers; None when the decoder knows."""


def joined(content: bytes, spans: list[tuple[int, int]]) -> bytes:
    """Return the parts of ``content`` from start to stop, each; no copy is made of the whole."""
    merged: list[tuple[int, int]] = []
    for start, stop in spans:
        if merged and merged[-1][1] == start:
            merged[-1] = (merged[-1][0], stop)
        else:
            merged.append((start, stop))
    if merged == [(0, len(content))]:
        return content
    view = memoryview(content)
    return b"".join(view[start:stop] for start, stop in merged)
