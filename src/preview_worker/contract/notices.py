"""Notices: what is worth telling about a payload that was accepted all the same."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """``code`` is stable; ``path`` is a JSON Pointer (RFC 6901) into the payload."""

    code: str
    path: str
    message: str
