"""Boxes, the building blocks of MP4 files (ISO/IEC 14496-12), as bytes."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction

from preview_worker.render.encode.bits import split_units
from preview_worker.render.encode.holding import PPS, SPS, UNIT_TYPE
from preview_worker.render.model import Profile
from preview_worker.render.soundtrack import CHANNELS, SAMPLE_RATE

MOVIE_SCALE = 90_000
"""Ticks a second of the movie's own clock."""
VIDEO_ID, AUDIO_ID = 1, 2
LEAST_TICKS = 10_000
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_UNDETERMINED = 0x55C4
"""The language "und", five bits a letter."""
_BT709 = 1
_SIXTEEN_BITS = 16


def box(kind: bytes, *parts: bytes) -> bytes:
    """Return a box of ``kind`` that holds ``parts``."""
    size = 8 + sum(map(len, parts))
    return b"".join((size.to_bytes(4, "big"), kind, *parts))


def full(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """Return a box with a version and flags."""
    return box(kind, ((version << 24) | flags).to_bytes(4, "big"), *parts)


def numbers(*values: int) -> bytes:
    """Return ``values`` in four bytes each."""
    return struct.pack(f">{len(values)}I", *values)


def ticks_a_frame(fps: Fraction) -> tuple[int, int]:
    """Return the video track's ticks a second and a frame, both exact."""
    fine = 1
    while fps.numerator * fine < LEAST_TICKS:
        fine *= 2
    return fps.numerator * fine, fps.denominator * fine


def file_type(*brands: bytes) -> bytes:
    """Return the box that a file begins with: its main brand, and all that it keeps to."""
    return box(b"ftyp", brands[0], numbers(0x200), *brands)


def movie_header(duration_s: Fraction) -> bytes:
    """Return ``mvhd``; a movie that is still growing has no duration."""
    return full(
        b"mvhd",
        0,
        0,
        numbers(0, 0, MOVIE_SCALE, round(duration_s * MOVIE_SCALE), 0x10000),
        struct.pack(">HH", 0x100, 0),
        bytes(8),
        _MATRIX,
        bytes(24),
        numbers(AUDIO_ID + 1),
    )


def track_header(track: int, duration_s: Fraction, size: tuple[int, int]) -> bytes:
    """Return ``tkhd``: enabled, in the movie; ``size`` is (0, 0) for sound."""
    sounds = size == (0, 0)
    return full(
        b"tkhd",
        0,
        3,
        numbers(0, 0, track, 0, round(duration_s * MOVIE_SCALE)),
        bytes(8),
        struct.pack(">HHHH", 0, track - 1, 0x100 if sounds else 0, 0),
        _MATRIX,
        numbers(size[0] << 16, size[1] << 16),
    )


def edit(duration_s: Fraction, skipped: int) -> bytes:
    """Return an edit list that begins ``skipped`` ticks of the track into its samples."""
    entry = numbers(1, round(duration_s * MOVIE_SCALE), skipped, 0x10000)
    return box(b"edts", full(b"elst", 0, 0, entry))


def media(handler: bytes, clock: tuple[int, int], table: bytes) -> bytes:
    """Return ``mdia``; ``clock`` is ticks a second and the duration in ticks."""
    scale, ticks = clock
    header = full(b"mdhd", 0, 0, numbers(0, 0, scale, ticks), struct.pack(">HH", _UNDETERMINED, 0))
    named = full(b"hdlr", 0, 0, bytes(4), handler, bytes(12), b"\0")
    kind = full(b"vmhd", 0, 1, bytes(8)) if handler == b"vide" else full(b"smhd", 0, 0, bytes(4))
    here = box(b"dinf", full(b"dref", 0, 0, numbers(1), full(b"url ", 0, 1)))
    return box(b"mdia", header, named, box(b"minf", kind, here, table))


def avc_entry(profile: Profile, headers: bytes) -> bytes:
    """Return ``stsd`` for H.264 with ``headers``, its parameter sets as a byte stream."""
    units = split_units(headers)
    sps = [unit for unit in units if unit[0] & UNIT_TYPE == SPS]
    pps = [unit for unit in units if unit[0] & UNIT_TYPE == PPS]
    config = b"".join(
        (
            bytes((1, *sps[0][1:4], 0xFF, 0xE0 | len(sps))),
            *(len(unit).to_bytes(2, "big") + unit for unit in sps),
            bytes((len(pps),)),
            *(len(unit).to_bytes(2, "big") + unit for unit in pps),
        )
    )
    entry = box(
        b"avc1",
        bytes(6),
        struct.pack(">H", 1),
        bytes(16),
        struct.pack(">HH", profile.width_px, profile.height_px),
        numbers(0x480000, 0x480000, 0),
        struct.pack(">H", 1),
        bytes(32),
        struct.pack(">Hh", 24, -1),
        box(b"avcC", config),
        box(b"colr", b"nclx", struct.pack(">HHHB", _BT709, _BT709, _BT709, 0)),
        box(b"pasp", numbers(1, 1)),
    )
    return full(b"stsd", 0, 0, numbers(1), entry)


def aac_entry(headers: bytes, bits_a_second: int) -> bytes:
    """Return ``stsd`` for AAC with ``headers``, its AudioSpecificConfig (14496-3)."""
    config = _descriptor(5, headers)
    rates = numbers(bits_a_second, bits_a_second)
    decoder = _descriptor(4, bytes((0x40, 0x15, 0, 0, 0)), rates, config)
    stream = _descriptor(3, struct.pack(">HB", AUDIO_ID, 0), decoder, _descriptor(6, b"\x02"))
    entry = box(
        b"mp4a",
        bytes(6),
        struct.pack(">H", 1),
        bytes(8),
        struct.pack(">HHHH", CHANNELS, _SIXTEEN_BITS, 0, 0),
        numbers(SAMPLE_RATE << 16),
        full(b"esds", 0, 0, stream),
    )
    return full(b"stsd", 0, 0, numbers(1), entry)


def _descriptor(tag: int, *parts: bytes) -> bytes:
    size = sum(map(len, parts))
    return b"".join((bytes((tag, 0x80, 0x80, 0x80 | size >> 7, size & 0x7F)), *parts))


def chapter_list(marks: Sequence[tuple[str, Fraction]]) -> bytes:
    """Return ``udta`` with titles and the seconds they begin at, as most players read chapters.

    The list is Nero's: version 1, one byte for a reserved field, the count, then for each chapter
    its start in units of 100 ns, and its title behind the title's length.
    """
    kept = marks[:255]
    entries = []
    for title, start_s in kept:
        name = title.encode()[:255].decode(errors="ignore").encode()
        entries.append(struct.pack(">QB", round(start_s * 10_000_000), len(name)) + name)
    return box(b"udta", full(b"chpl", 1, 0, bytes(4), bytes((len(kept),)), *entries))
