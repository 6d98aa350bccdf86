"""The header of a WebP file, moving ones included."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from preview_worker.render.assets.exif import read_orientation
from preview_worker.render.assets.header import MOST_FRAMES, BrokenHeaderError, Header

_CHUNK = struct.Struct("<4sI")
_PIXELS = {b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L"}
_FRAME_HEAD_BYTES = 16
_CANVAS_BYTES, _LOSSY_BYTES, _LOSSLESS_BYTES = 10, 10, 5
"""How much has to be there of a canvas, a lossy and a lossless picture, to tell its size."""
_MOST_CHUNKS = 20_000
_SIDE = 0x3FFF
_LOSSY_START = b"\x9d\x01\x2a"
_LOSSLESS_START = 0x2F

Size = tuple[int, int]


def read_webp(content: bytes) -> Header:
    """Read ``content``, which begins as a WebP file does."""
    kept, sizes, frames, orientation = list[bytes](), list[Size](), 0, 1
    for kind, body in _chunks(memoryview(content)[12:]):
        frames += kind == b"ANMF"
        if frames > MOST_FRAMES:
            break
        if kind == b"EXIF":
            orientation = read_orientation(bytes(body))
        if kind in _PIXELS and not (kind == b"ANMF" and frames > 1):
            sizes += _sizes(kind, body)
            kept.append(_CHUNK.pack(kind, len(body)) + bytes(body) + b"\0" * (len(body) % 2))
    if not sizes:
        message = "a WebP file says how large it is"
        raise BrokenHeaderError(message)
    width, height = map(max, zip(*sizes, strict=True))
    whole = b"WEBP" + b"".join(kept)
    essence = _CHUNK.pack(b"RIFF", len(whole)) + whole
    return Header("WEBP", width, height, essence, max(1, frames), orientation)


def _chunks(rest: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Yield the chunks that are there in full."""
    for _ in range(_MOST_CHUNKS):
        if len(rest) < _CHUNK.size:
            return
        kind, size = _CHUNK.unpack_from(rest)
        if _CHUNK.size + size > len(rest):
            return
        yield kind, rest[_CHUNK.size : _CHUNK.size + size]
        rest = rest[_CHUNK.size + size + size % 2 :]
    message = f"a WebP file has at most {_MOST_CHUNKS} chunks"
    raise BrokenHeaderError(message)


def _sizes(kind: bytes, body: memoryview) -> list[Size]:
    """Return every size that a chunk tells: of the canvas, of a frame, of what is coded in it."""
    if kind == b"VP8X" and len(body) >= _CANVAS_BYTES:
        return [(_side(body, 4), _side(body, 7))]
    if kind == b"ANMF" and len(body) >= _FRAME_HEAD_BYTES:
        frame = (_side(body, 6), _side(body, 9))
        inner = _chunks(body[_FRAME_HEAD_BYTES:])
        return [frame, *(size for part in inner if part[0] != b"ANMF" for size in _sizes(*part))]
    if kind == b"VP8 " and body[3:6] == _LOSSY_START and len(body) >= _LOSSY_BYTES:
        wide, high = struct.unpack_from("<HH", body, 6)
        return [(wide & _SIDE, high & _SIDE)]
    if kind == b"VP8L" and len(body) >= _LOSSLESS_BYTES and body[0] == _LOSSLESS_START:
        (bits,) = struct.unpack_from("<I", body, 1)
        return [((bits & _SIDE) + 1, (bits >> 14 & _SIDE) + 1)]
    return []


def _side(body: memoryview, place: int) -> int:
    return int.from_bytes(body[place : place + 3], "little") + 1
