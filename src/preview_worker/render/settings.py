"""What the renderer may read and how much it may do, with defaults that suit two cores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from preview_worker.contract import PreviewError
from preview_worker.render.pool import Pool

Fetched = Mapping[str, Path | PreviewError]
"""For each address of an asset: the file that its bytes were fetched into, or why there is none."""

NOTHING_FETCHED: Fetched = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RenderSettings:
    """Limits of one render. A job beyond them is refused or clamped before anything is painted."""

    asset_roots: tuple[Path, ...] = ()
    """Folders that pictures and sounds may be read from. Nothing outside them is ever opened."""
    asset_store: str = ""
    """``s3://bucket/prefix``, where names that no root has may be fetched from; empty for none."""
    max_width_px: int = 1920
    max_height_px: int = 1080
    max_fps: int = 30
    max_duration_s: int = 3 * 3600
    max_scenes: int = 2000
    max_text_chars: int = 1_000_000
    """Characters on all scenes together."""
    max_source_chars: int = 600_000
    """Characters that scenes are read from, before any is planned; three hours of speech have
    170,000. Captions in other languages may be read from as many again."""
    max_asset_bytes: int = 25 * 1024 * 1024
    max_asset_pixels: int = 25_000_000
    max_sound_bytes: int = 256 * 1024 * 1024
    max_sound_s: int = 600
    """Decoded length of one sound, but for a narration of the whole preview."""
    encoder_threads: int = 1
    """Threads of the video encoder. It is fixed because the encoder's bytes depend on it."""
    keyframe_interval_s: int = 10
    """The longest way a player has to decode when a viewer jumps into a held picture."""
    processes: int = 1
    """How many processes may paint and encode for one render at the same time."""
    cache_dir: Path | None = None
    """Where scenes and sounds that were rendered before are kept; None keeps nothing."""
    cache_max_bytes: int = 2 * 1024**3
    brand: str = ""
    """The brand of previews whose request names none, as JSON text; empty for no brand."""

    def __post_init__(self) -> None:
        """Refuse limits that would leave nothing to render with."""
        for name in (
            "max_width_px",
            "max_height_px",
            "max_fps",
            "max_duration_s",
            "max_scenes",
            "max_text_chars",
            "max_source_chars",
            "max_asset_bytes",
            "max_asset_pixels",
            "max_sound_bytes",
            "max_sound_s",
            "encoder_threads",
            "keyframe_interval_s",
            "processes",
            "cache_max_bytes",
        ):
            if getattr(self, name) < 1:
                message = f"{name} must be at least 1, not {getattr(self, name)}"
                raise ValueError(message)


StillForm = Literal["png", "jpeg", "webp"]


@dataclass(frozen=True, slots=True)
class StillWish:
    """A wish for one picture of a preview: when in it, in seconds, and in which format."""

    at_s: Fraction
    form: StillForm = "webp"


@dataclass(frozen=True, slots=True)
class PartWish:
    """A wish for the shots of one part of a preview: which, counted from 1, and of how many."""

    number: int
    count: int
    alone: bool = False
    """It is filmed although pictures of other parts cannot be shown, and as far as it can be."""

    @property
    def halves(self) -> tuple[PartWish, PartWish]:
        """The same shots as two wishes, one after the other."""
        count = 2 * self.count
        return (
            PartWish(2 * self.number - 1, count, self.alone),
            PartWish(2 * self.number, count, self.alone),
        )


@dataclass(frozen=True, slots=True)
class LostPart:
    """A part that failed, with the code of the error, ``""`` where that is not known.

    What it did not film is not tried again: placeholders stand in its place.
    """

    wish: PartWish
    code: str


@dataclass(frozen=True, slots=True)
class Provision:
    """What whoever orders one render provides beside the job; nothing of it changes the preview."""

    live: Path | None = None
    """A folder, not there yet, in which people may watch the preview while it is rendered."""
    digest: str | None = None
    """``input_digest`` of the job, under which the whole preview is looked for and kept."""
    fetched: Fetched = field(default_factory=dict)
    """Assets from elsewhere. These files are all that may be read outside of the asset roots."""
    still: StillWish | None = None
    """One picture is wanted instead of the preview."""
    part: PartWish | None = None
    """Some of its shots are wanted in the cache, and no preview."""
    lost: tuple[LostPart, ...] = ()
    """Parts that failed. These alone do change the preview."""
    pool: Pool | None = None
    """What other workers filmed, and who is told of what is filmed here."""


NOTHING_PROVIDED = Provision()
