"""What shall be heard: the values that a payload's words about sound are read into.

Levels and times are exact; a gain is linear, 1 leaves a sound as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal

SAMPLE_RATE = 48_000
"""Samples a second of everything that is mixed and encoded."""
CHANNELS = 2
DuckingMode = Literal["envelope", "sidechain", "none"]


def samples_at(frame: int, fps: Fraction) -> int:
    """Return how many samples there are before ``frame`` begins, to the nearest."""
    return round(frame * SAMPLE_RATE / fps)


@dataclass(frozen=True, slots=True)
class SoundRef:
    """A sound that a payload names: where it may lie, and where the payload said so."""

    noun: ClassVar[str] = "sound"

    candidates: tuple[str, ...]
    """File names in the order they are tried; none when the payload says it is still to come."""
    where: str
    """JSON Pointer to the reference."""


Lengths = Callable[[SoundRef], Fraction | None]
"""Tells how long a sound lasts, in seconds; None for one that cannot be had."""


@dataclass(frozen=True, slots=True)
class Narration:
    """Speech that belongs to the whole preview rather than to a scene."""

    sound: SoundRef
    start_s: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Music:
    """A bed below the narration, from ``entry_s`` to the end, over and over if it is short."""

    sound: SoundRef
    gain: Fraction
    """Its level as a share of the narration's, both measured as loudness."""
    skip_s: Fraction = Fraction(0)
    """How much of the file's beginning is left out."""
    entry_s: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Ducking:
    """How the music makes room for speech.

    ``envelope`` lowers it to ``depth`` for as long as a narration lasts; ``sidechain`` compresses
    it by ``ratio`` wherever the speech is louder than ``threshold``.
    """

    mode: DuckingMode = "envelope"
    depth: Fraction = Fraction(3, 10)
    threshold: Fraction = Fraction(5, 100)
    ratio: Fraction = Fraction(8)
    attack_s: Fraction = Fraction(15, 100)
    release_s: Fraction = Fraction(35, 100)


@dataclass(frozen=True, slots=True)
class Loudness:
    """How loud the whole is made: EBU R128 integrated loudness, and the true peak's ceiling."""

    profile: str = "mobius"
    lufs: Fraction = Fraction(-14)
    true_peak_db: Fraction = Fraction(-1)
    levelled: bool = True
    """False leaves the mix as loud as it is; the ceiling holds in any case."""


@dataclass(frozen=True, slots=True)
class Soundtrack:
    """What a request says about sound beside the narrations of its scenes."""

    narrations: tuple[Narration, ...] = ()
    music: Music | None = None
    ducking: Ducking = Ducking()
    loudness: Loudness = Loudness()
