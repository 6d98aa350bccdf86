"""What captions a producer wants: which files, in which languages, and whether in the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CaptionFormat = Literal["srt", "vtt"]


@dataclass(frozen=True, slots=True)
class Translation:
    """What is said in another language, scene by scene; a scene that says nothing has no text."""

    language: str
    """A tag such as ``fr-CA``."""
    spoken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Captioning:
    """The captions of a preview."""

    formats: tuple[CaptionFormat, ...] = ("srt", "vtt")
    """The files that are written in every language; none at all are possible."""
    burned: bool = False
    """True when the captions of the preview's own language are painted into its pictures."""
    translations: tuple[Translation, ...] = ()
