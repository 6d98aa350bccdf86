"""What can happen to a file: turned bits, cuts, swaps, lies about lengths, repetition, grafts."""

from __future__ import annotations

import random
import re
import struct
import zlib
from collections.abc import Callable, Sequence

Mutation = Callable[[random.Random, bytearray, bytes], None]
MOST_BYTES = 400_000
_MOST_AT_ONCE = 4
_LIES = (0, 1, 7, 8, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)
_FOURCC = re.compile(rb"[A-Za-z][A-Za-z0-9 ]{3}")
_LENGTH_BYTES, _LEAST_BOX_BYTES = 4, 8
_REPAIRED_SHARE = 0.8
"""How many PNG files get right checksums again; a wrong one ends what could come behind it."""
_PNG = b"\x89PNG\r\n\x1a\n"


def mutate(draw: random.Random, content: bytes, other: bytes) -> tuple[str, bytes]:
    """Return ``content`` after one to four mutations, and their names; ``other`` is grafted on."""
    changed, names = bytearray(content), []
    for _ in range(draw.randint(1, _MOST_AT_ONCE)):
        name = draw.choice(list(MUTATIONS))
        if changed:
            MUTATIONS[name](draw, changed, other)
        names.append(name)
    del changed[MOST_BYTES:]
    if changed.startswith(_PNG) and draw.random() < _REPAIRED_SHARE:
        _repair(changed)
    return "+".join(names), bytes(changed)


def _span(draw: random.Random, content: Sequence[int], most: int) -> tuple[int, int]:
    start = draw.randrange(len(content))
    return start, min(len(content), start + draw.randint(1, most))


def _flip(draw: random.Random, content: bytearray, _: bytes) -> None:
    for _number in range(draw.choice((1, 1, 2, 8, 64))):
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)


def _flip_head(draw: random.Random, content: bytearray, _: bytes) -> None:
    for _number in range(draw.randint(1, 4)):
        content[draw.randrange(min(96, len(content)))] = draw.randrange(256)


def _cut_end(draw: random.Random, content: bytearray, _: bytes) -> None:
    del content[draw.randrange(len(content)) :]


def _cut_out(draw: random.Random, content: bytearray, _: bytes) -> None:
    start, stop = _span(draw, content, 512)
    del content[start:stop]


def _swap(draw: random.Random, content: bytearray, _: bytes) -> None:
    one, two = (_span(draw, content, 256)[0] for _number in range(2))
    size = draw.randint(1, 256)
    content[one : one + size], content[two : two + size] = (
        content[two : two + size],
        content[one : one + size],
    )


def _repeat(draw: random.Random, content: bytearray, _: bytes) -> None:
    start, stop = _span(draw, content, 256)
    content[start:start] = content[start:stop] * draw.choice((1, 2, 16, 300))


def _repeat_box(draw: random.Random, content: bytearray, _: bytes) -> None:
    """Repeat something that says its own length and kind, as often as fits."""
    boxes = [
        found.start() - 4 for found in _FOURCC.finditer(content) if found.start() >= _LENGTH_BYTES
    ]
    if boxes:
        start = draw.choice(boxes)
        size = int.from_bytes(content[start : start + 4])
        if _LEAST_BOX_BYTES <= size <= len(content) - start:
            content[start:start] = content[start : start + size] * draw.choice((1, 3, 500))


def _lie(draw: random.Random, content: bytearray, _: bytes) -> None:
    """Write a number that is seldom right, mostly where a length may stand."""
    places = [found.start() + draw.choice((-4, 4, 8)) for found in _FOURCC.finditer(content)]
    place = draw.choice([*places, draw.randrange(len(content))])
    form = draw.choice((">I", "<I", ">H", "<H"))
    number = draw.choice((*_LIES, len(content), len(content) + 1))
    packed = struct.pack(form, number & (0xFFFF_FFFF if "I" in form else 0xFFFF))
    if 0 <= place <= len(content) - len(packed):
        content[place : place + len(packed)] = packed


def _zeros(draw: random.Random, content: bytearray, _: bytes) -> None:
    start, stop = _span(draw, content, 2000)
    content[start:stop] = bytes([draw.choice((0, 255))]) * (stop - start)


def _graft_tail(draw: random.Random, content: bytearray, other: bytes) -> None:
    content[draw.randrange(len(content)) :] = other[draw.randrange(len(other)) :]


def _graft_piece(draw: random.Random, content: bytearray, other: bytes) -> None:
    start, stop = _span(draw, other, 1000)
    place = draw.randrange(len(content))
    content[place:place] = other[start:stop]


MUTATIONS: dict[str, Mutation] = {
    "flip": _flip,
    "flip-head": _flip_head,
    "cut-end": _cut_end,
    "cut-out": _cut_out,
    "swap": _swap,
    "repeat": _repeat,
    "repeat-box": _repeat_box,
    "lie": _lie,
    "zeros": _zeros,
    "graft-tail": _graft_tail,
    "graft-piece": _graft_piece,
}


def _repair(content: bytearray) -> None:
    """Make the checksums of a PNG file right again, as far as its chunks can be followed."""
    place = len(_PNG)
    while place + 12 <= len(content):
        stop = place + 8 + int.from_bytes(content[place : place + 4])
        if stop + 4 > len(content):
            return
        content[stop : stop + 4] = zlib.crc32(content[place + 4 : stop]).to_bytes(4)
        place = stop + 4
