"""The header of an AVIF file: a still picture, or a sequence of them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from preview_worker.render.assets.av1 import coded_sizes
from preview_worker.render.assets.header import MOST_FRAMES, BrokenHeaderError, Header

Span = tuple[int, int]
Extent = tuple[int, int, int]
"""Where a part of an item is: how its place is counted, the place, and how long it is (0: all)."""
_BRANDS = {b"avif", b"avis"}
_FOLDERS = {b"moov": 0, b"trak": 0, b"mdia": 0, b"minf": 0, b"stbl": 0, b"iprp": 0, b"ipco": 0}
_FOLDERS |= {b"meta": 4, b"stsd": 8, b"av01": 78}
"""Boxes that hold boxes, and how many bytes of their own they begin with."""
_MOST_BOXES = 20_000
_MOST_ITEMS = 2_000
_MOST_TOLD = 8
"""What is told of a picture outside of it is its sequence header, and a note or two."""
_MOST_UNITS = 10_000
"""A still picture has three units or so, and one more for every tile."""
_SIZES = {b"ispe": (">II", 4), b"av01": (">HH", 24)}
_PLACES = {b"stco": ">I", b"co64": ">Q"}
_AV1C_BYTES = 4


@dataclass(slots=True)
class _Findings:
    sizes: list[tuple[int, int]] = field(default_factory=list)
    frames: int = 1
    notes: list[int] = field(default_factory=list)
    """Where it says of an item that it is EXIF."""
    tracks: list[int] = field(default_factory=list)
    """Where the data of each sequence begins."""
    samples: list[int] = field(default_factory=list)
    """How long the first picture of each sequence is."""
    items: list[list[Extent]] = field(default_factory=list)
    stored: Span = (0, 0)
    """Where data stands that has its place in the header itself."""


def read_avif(content: bytes) -> Header:
    """Read ``content``, which begins as an AVIF file does."""
    found, brands = _Findings(), b""
    try:
        for kind, start, stop in _walk(content):
            if kind == b"ftyp":
                brands = content[start:stop]
            else:
                _read(content, kind, (start, stop), found)
    except struct.error as error:
        message = "an AVIF file has whole boxes"
        raise BrokenHeaderError(message) from error
    if not found.sizes or not _BRANDS & {brands[n : n + 4] for n in range(0, len(brands), 4)}:
        message = "an AVIF file says that it is one, and how large"
        raise BrokenHeaderError(message)
    units = (size for data in _coded(content, found) for size in coded_sizes(data))
    for number, size in enumerate(units):
        if number >= _MOST_UNITS:
            message = f"an AVIF file has at most {_MOST_UNITS} coded units"
            raise BrokenHeaderError(message)
        if size is not None:
            found.sizes.append(size)
    width, height = map(max, zip(*found.sizes, strict=True))
    # Its orientation stands elsewhere, so nobody has to read what may be no camera's notes at all.
    return Header("AVIF", width, height, _without(content, found.notes), found.frames, None)


def _without(content: bytes, notes: list[int]) -> bytes:
    if not notes:
        return content
    changed = bytearray(content)
    for place in notes:
        changed[place : place + 4] = b"none"
    return bytes(changed)


def _walk(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield every box, those in boxes included: what it is, where its body begins and stops."""
    waiting, budget = [(0, len(content))], _MOST_BOXES
    while waiting:
        place, end = waiting.pop()
        while place + 8 <= end:
            budget -= 1
            if budget < 0:
                message = f"an AVIF file has at most {_MOST_BOXES} boxes"
                raise BrokenHeaderError(message)
            size, kind = struct.unpack_from(">I4s", content, place)
            head = 8
            if size == 1:
                (size,) = struct.unpack_from(">Q", content, place + 8)
                head = 16
            stop = min(place + size, end) if size else end
            if stop < place + head:
                break
            if kind in _FOLDERS:
                waiting.append((place + head + _FOLDERS[kind], stop))
            elif kind == b"iinf" and place + head < stop:
                waiting.append((place + head + (8 if content[place + head] else 6), stop))
            yield kind, place + head, stop
            place = stop


def _read(content: bytes, kind: bytes, span: Span, found: _Findings) -> None:
    start, stop = span
    if kind in _SIZES:
        form, offset = _SIZES[kind]
        found.sizes.append(struct.unpack_from(form, content, start + offset))
    elif kind in _PLACES:
        found.tracks += struct.unpack_from(_PLACES[kind], content, start + 8)
    elif kind == b"av1C":
        told = islice(coded_sizes(content[start + _AV1C_BYTES : stop]), _MOST_TOLD)
        found.sizes += (size for size in told if size is not None)
    elif kind == b"stsz":
        _read_samples(content, start, found)
    elif kind == b"infe":
        _read_entry(content, start, found)
    elif kind == b"idat":
        found.stored = span
    elif kind == b"iloc":
        found.items += _locations(content, start)


def _read_samples(content: bytes, start: int, found: _Findings) -> None:
    size, count = struct.unpack_from(">II", content, start + 4)
    found.samples += [size] if size else struct.unpack_from(">I", content, start + 12)
    found.frames = max(found.frames, min(count, MOST_FRAMES + 1))


def _read_entry(content: bytes, start: int, found: _Findings) -> None:
    long = content[start : start + 1] > b"\2"  # since version 3 the number of an item is longer
    place = start + (10 if long else 8)
    if content[place : place + 4] == b"Exif":
        found.notes.append(place)


def _locations(content: bytes, start: int) -> Iterator[list[Extent]]:
    """Yield the extents of every item that the box at ``start`` tells of."""
    version, lengths, more = struct.unpack_from(">B3xBB", content, start)
    place = start + 6

    def take(size: int) -> int:
        nonlocal place
        if place + size > len(content):
            message = "an AVIF file says where its items are"
            raise BrokenHeaderError(message)
        place += size
        return int.from_bytes(content[place - size : place])

    left = _MOST_ITEMS
    for _ in range(min(take(4 if version > 1 else 2), _MOST_ITEMS)):
        take(4 if version > 1 else 2)
        method = take(2) & 0xF if version else 0
        take(2)
        base = take(more >> 4)
        extents: list[Extent] = []
        count = take(2)
        left -= count
        if left < 0:
            message = f"the items of an AVIF file have at most {_MOST_ITEMS} parts"
            raise BrokenHeaderError(message)
        for _ in range(count):
            take(more & 0xF if version else 0)
            offset, length = take(lengths >> 4), take(lengths & 0xF)
            extents.append((method, base + offset, length))
        yield extents


def _coded(content: bytes, found: _Findings) -> Iterator[bytes]:
    """Yield the data of every item, and of the first picture of every sequence."""
    most = len(content)
    for extents in found.items:
        parts: list[bytes] = []
        for method, place, length in extents:
            start, end = found.stored if method else (0, len(content))
            stop = min(start + place + (length or end), end)
            parts.append(content[start + place : stop])
            most -= len(parts[-1])
            if most < 0:
                message = "the items of an AVIF file do not share their data"
                raise BrokenHeaderError(message)
        yield b"".join(parts)
    if len(found.tracks) != len(found.samples):
        message = "an AVIF file says of each sequence where it is and how long"
        raise BrokenHeaderError(message)
    for place, size in zip(found.tracks, found.samples, strict=True):
        yield content[place : place + size]
