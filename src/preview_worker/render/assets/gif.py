"""The header of a GIF file, and how many frames it has."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from preview_worker.render.assets.header import MOST_FRAMES, BrokenHeaderError, Header, joined

_SCREEN = struct.Struct("<HHB")
_FRAME = struct.Struct("<BHHHHB")
_IMAGE, _EXTENSION, _CONTROL, _END = 0x2C, 0x21, 0xF9, 0x3B
_HEAD_BYTES = 13
_MOST_BLOCKS = 250_000
"""Encoders fill blocks of 255 bytes, of which 25 MiB hold a hundred thousand."""


def read_gif(content: bytes) -> Header:
    """Read ``content``, which begins as a GIF file does."""
    if len(content) < _HEAD_BYTES:
        message = "a GIF file begins with 13 bytes"
        raise BrokenHeaderError(message)
    width, height, flags = _SCREEN.unpack_from(content, 6)
    start = _HEAD_BYTES + _palette_bytes(flags)
    spans, frames = [(0, min(start, len(content)))], 0
    for kind, begin, stop in _parts(content, start):
        if not frames and kind in {_CONTROL, _IMAGE}:
            spans.append((begin, stop))
        if kind == _IMAGE:
            frames += 1
        if frames > MOST_FRAMES:
            break
    if not frames:
        message = "a GIF file has a frame"
        raise BrokenHeaderError(message)
    _, left, top, wide, high, _ = _FRAME.unpack_from(content, spans[-1][0])
    essence = joined(content, spans) + bytes([_END])
    return Header("GIF", max(width, left + wide), max(height, top + high), essence, frames)


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _parts(content: bytes, place: int) -> Iterator[tuple[int, int, int]]:
    """Yield each frame and each extension: what it is, where it begins and where it stops.

    Whatever stands between them is passed over, as decoders do. The last one may be cut short, but
    not so short that a frame does not say how large it is.
    """
    budget = _MOST_BLOCKS
    while place < len(content) and content[place] != _END:
        begin, kind = place, content[place]
        if kind == _IMAGE and place + _FRAME.size < len(content):
            place += _FRAME.size + _palette_bytes(content[place + _FRAME.size - 1]) + 1
        elif kind == _EXTENSION and place + 1 < len(content):
            kind = content[place + 1]
            place += 2
        else:
            place, budget = place + 1, _spent(budget, 1)
            continue
        place, blocks = _pass_blocks(content, place)
        budget = _spent(budget, blocks)
        yield kind, begin, place


def _pass_blocks(content: bytes, place: int) -> tuple[int, int]:
    """Return the end of the blocks that begin at ``place``, and how many there are.

    More of them than a file may have are not counted. Written for speed: there are thousands.
    """
    number = 0
    try:
        for number in range(_MOST_BLOCKS + 1):
            size = content[place]
            if not size:
                return place + 1, number
            place += size + 1
    except IndexError:
        return len(content), number
    return place, number + 1


def _spent(budget: int, blocks: int) -> int:
    if blocks > budget:
        message = f"a GIF file has at most {_MOST_BLOCKS} blocks"
        raise BrokenHeaderError(message)
    return budget - blocks
