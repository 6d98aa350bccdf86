"""Which part of a file a request is about (RFC 9110, section 14), and whether it needs any of it.

One range only: a request for several is answered with the whole file, as the RFC allows, because
adding them up is an old way of keeping servers busy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes from ``start`` up to ``end``, which is not among them."""

    start: int
    end: int

    @property
    def size_bytes(self) -> int:
        """How many bytes that are."""
        return self.end - self.start


class UnsatisfiableError(Exception):
    """The range lies outside of the file."""


def wanted_part(headers: Mapping[str, str], size_bytes: int, etag: str) -> Part | None:
    """Return the part that is asked for; None for the whole file.

    Raises ``UnsatisfiableError`` for a range that begins behind the end.
    """
    asked = _RANGE.fullmatch(headers.get("range", "").strip())
    if asked is None or headers.get("if-range", etag) != etag:
        return None
    first, last = asked.groups()
    if not first and not last:
        return None
    if not first:  # the last so many bytes
        start, end = max(size_bytes - int(last), 0), size_bytes
    else:
        start, end = int(first), min(int(last) + 1, size_bytes) if last else size_bytes
        if last and int(last) < start:
            return None  # no range at all, says the RFC
    if start >= size_bytes or start >= end:
        raise UnsatisfiableError
    return Part(start, end)


def is_known(headers: Mapping[str, str], etag: str) -> bool:
    """Tell whether the one who asks has the file already."""
    known = headers.get("if-none-match")
    if known is None:
        return False
    return known.strip() == "*" or any(
        one.strip().removeprefix("W/") == etag for one in known.split(",")
    )
