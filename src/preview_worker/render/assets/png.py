"""The header of a PNG file, moving ones included."""

from __future__ import annotations

import struct

from preview_worker.render.assets.exif import read_orientation
from preview_worker.render.assets.header import MOST_FRAMES, BrokenHeaderError, Header, joined

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_NEEDED = {b"PLTE", b"tRNS", b"IDAT"}
_HEAD = (13, b"IHDR")
_FIRST_CHUNK = 8 + 12 + 13
_MOST_CHUNKS = 50_000
"""Encoders write IDAT in pieces of some kilobytes."""


def read_png(content: bytes) -> Header:
    """Read ``content``, which begins as a PNG file does."""
    if len(content) < _FIRST_CHUNK or struct.unpack_from(">I4s", content, 8) != _HEAD:
        message = "a PNG file begins with an IHDR of 13 bytes"
        raise BrokenHeaderError(message)
    width, height = struct.unpack_from(">II", content, 16)
    spans, frames, orientation = [(0, _FIRST_CHUNK)], 1, 1
    place = _FIRST_CHUNK
    for _ in range(_MOST_CHUNKS):
        if place + 8 > len(content):
            break
        size, kind = struct.unpack_from(">I4s", content, place)
        stop = min(place + 12 + size, len(content))
        if kind in _NEEDED:
            spans.append((place, stop))
        elif kind == b"acTL":
            told = int.from_bytes(content[place + 8 : place + 12])
            frames = max(1, min(told, MOST_FRAMES + 1))
        elif kind == b"eXIf":
            orientation = read_orientation(content[place + 8 : stop - 4])
        elif kind == b"IEND":
            spans.append((place, stop))
            break
        place = stop
    else:
        message = f"a PNG file has at most {_MOST_CHUNKS} chunks"
        raise BrokenHeaderError(message)
    return Header("PNG", width, height, joined(content, spans), frames, orientation)
