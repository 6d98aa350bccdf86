"""How a camera was held, from the notes it leaves in a picture; nothing else of them is read."""

from __future__ import annotations

import struct
from typing import Literal

_ORDERS: dict[bytes, Literal["<", ">"]] = {b"II": "<", b"MM": ">"}
_ORIENTATION = 0x0112
_SHORT = 3
_MOST_ENTRIES = 512
"""Cameras write a few dozen. Notes may claim 65,535, each as large as the whole file."""


def read_orientation(notes: bytes) -> int:
    """Return the orientation that EXIF ``notes`` tell, 1 to 8; 1 when they tell none."""
    notes = notes.removeprefix(b"Exif\0\0")
    order = _ORDERS.get(notes[:2])
    try:
        if order is None:
            return 1
        (start,) = struct.unpack_from(f"{order}I", notes, 4)
        (entries,) = struct.unpack_from(f"{order}H", notes, start)
        for number in range(min(entries, _MOST_ENTRIES)):
            place = start + 2 + 12 * number
            tag, form, count, value = struct.unpack_from(f"{order}HHIH", notes, place)
            if (tag, form, count) == (_ORIENTATION, _SHORT, 1):
                return int(value) if value in range(1, 9) else 1
    except struct.error:
        pass
    return 1
