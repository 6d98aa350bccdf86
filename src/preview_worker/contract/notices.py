"""Notices: what is worth telling about a payload that was accepted all the same."""

from __future__ import annotations

from dataclasses import dataclass

SHOWN_CHARS = 80
"""Of a name or a value that a producer chose, as much is shown as helps to find it."""


@dataclass(frozen=True, slots=True)
class Notice:
    """``code`` is stable; ``path`` is a JSON Pointer (RFC 6901) into the payload."""

    code: str
    path: str
    message: str


def pointer(where: str, name: str) -> str:
    """Return the JSON Pointer to a member of the object at ``where``; a long name is cut."""
    return f"{where}/{name[:SHOWN_CHARS].replace('~', '~0').replace('/', '~1')}"


def quoted(name: str) -> str:
    """Return a name as it is shown to people: on one line, without controls, not too long."""
    return ascii(name[:SHOWN_CHARS]) if not name.isprintable() else repr(name[:SHOWN_CHARS])
