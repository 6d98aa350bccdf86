"""The header of a JPEG file."""

from __future__ import annotations

import re

from preview_worker.render.assets.exif import read_orientation
from preview_worker.render.assets.header import BrokenHeaderError, Header, joined

SIGNATURE = b"\xff\xd8\xff"
_SIZE_BYTES = 2
_SCAN = 0xDA
_END = 0xD9
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]", re.DOTALL)
"""The beginning of what has a length; whatever stands before it is passed over, as decoders do."""
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PLAIN = {0xC0, 0xC1}
"""Frames that are not progressive."""
_NOTES = (set(range(0xE0, 0xF0)) | {0xFE}) - {0xE0, 0xEE}
"""What applications add; JFIF and Adobe say what the colours mean, so theirs stay."""
_EXIF = 0xE1
_MOST_PADDING_BYTES = 65_536
_MOST_SEGMENTS = 2_000
"""A colour profile may take 255, notes of editing programs a few hundred."""
_MOST_SCANS = 64
"""Every scan goes over all pixels again, however few bytes it has. Encoders write ten or so."""


def read_jpeg(content: bytes) -> Header:
    """Read ``content``, which begins as a JPEG file does."""
    sizes: list[tuple[int, int]] = []
    spans, orientation, kind = [(0, 2)], 1, (0, b"")
    place = 2
    for _ in range(_MOST_SEGMENTS):
        marker, place, stop = _next_segment(content, place)
        if marker == _SCAN:
            spans.append((place - 2, len(content)))
            break
        if marker in _FRAMES:
            height, width = (int.from_bytes(content[n : n + 2]) for n in (place + 3, place + 5))
            sizes.append((width, height))
            kind = (marker, content[place + 7 : place + 8])
        elif marker == _EXIF and content.startswith(b"Exif\0\0", place + 2):
            orientation = read_orientation(content[place + 2 : stop])
        if marker not in _NOTES:
            spans.append((place - 2, stop))
        place = stop
    if len(sizes) != 1 or spans[-1][1] != len(content):
        message = "a JPEG file has one size and then a scan"
        raise BrokenHeaderError(message)
    if _may_have_scans(content, place, kind) and content.count(b"\xff\xda", place) > _MOST_SCANS:
        message = f"a JPEG file has at most {_MOST_SCANS} scans"
        raise BrokenHeaderError(message)
    return Header("JPEG", *sizes[0], joined(content, spans), orientation=orientation)


def _may_have_scans(content: bytes, place: int, kind: tuple[int, bytes]) -> bool:
    """Tell whether more scans may follow the one at ``place``: not if it has all of a plain frame.

    Most files are plain, and need not be searched for scans.
    """
    marker, components = kind
    return marker not in _PLAIN or content[place + 2 : place + 3] != components


def _next_segment(content: bytes, place: int) -> tuple[int, int, int]:
    """Return the marker of the segment at ``place``, and where its length and its end stand."""
    found = _MARKER.search(content, place, place + _MOST_PADDING_BYTES)
    if found is None:
        message = "a JPEG file ends with a scan"
        raise BrokenHeaderError(message)
    place, marker = found.start(), content[found.start() + 1]
    size = int.from_bytes(content[place + 2 : place + 4])
    stop = place + 2 + size  # which counts its own bytes
    if marker == _END or size < _SIZE_BYTES or stop > len(content):
        message = "a JPEG file has segments up to its scan"
        raise BrokenHeaderError(message)
    return marker, place + 2, stop
