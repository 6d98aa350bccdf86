"""Pictures: named by a payload, decoded, and hung with a few words below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class PictureRef:
    """A picture that a payload names: where it may lie, and where the payload said so."""

    noun: ClassVar[str] = "picture"

    candidates: tuple[str, ...]
    """File names in the order they are tried."""
    where: str
    """JSON Pointer to the reference."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture: RGBA, straight alpha, rows from the top.

    ``shrunk`` tells that its file has more pixels.
    """

    width_px: int
    height_px: int
    rgba: bytes
    shrunk: bool = False


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A picture, or the place for one, and what stands below it."""

    picture: PictureRef | None
    caption: str = ""
