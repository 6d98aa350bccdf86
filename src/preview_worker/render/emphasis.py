"""Marks of emphasis taken off a text: what stands between two asterisks, underscores, backquotes.

A regular expression that looks for the other end of each pair goes over a line of unpaired marks as
often as there are marks. Here every mark is looked at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_MARKS = ("**", "__", "`")
_ANY = re.compile(r"\*\*|__|`")


def without_emphasis(text: str) -> str:
    """Return ``text`` without the marks around ``**bold**``, ``__bold__`` and `code`.

    A pair stands on one line, and neither of its marks has a space on the inside. What is within a
    pair is left as it is.
    """
    if not _ANY.search(text):
        return text
    return "\n".join(map(_plain, text.split("\n")))


def _plain(line: str) -> str:
    ends = {mark: _Ends(line, mark) for mark in _MARKS}
    pieces: list[str] = []
    done = 0
    found = _ANY.search(line)
    while found:
        mark, inner = found[0], found.end()
        end = ends[mark].after(inner + 1) if line[inner : inner + 1].strip() else -1
        if end >= 0:
            pieces += (line[done : found.start()], line[inner:end])
            done = end + len(mark)
        found = _ANY.search(line, found.start() + 1 if end < 0 else done)
    return "".join((*pieces, line[done:]))


class _Ends:
    """Where one kind of mark may close, asked for from left to right."""

    def __init__(self, line: str, mark: str) -> None:
        """Look for ``mark`` in ``line``, behind anything but a space."""
        self._found: Iterator[int] = (
            found.start() for found in re.finditer(rf"(?<=\S)(?={re.escape(mark)})", line)
        )
        self._next = -1
        self._spent = False

    def after(self, least: int) -> int:
        """Return the first place at ``least`` or behind it; -1 when there is none any more."""
        while self._next < least and not self._spent:
            self._next = next(self._found, -1)
            self._spent = self._next < 0
        return self._next
