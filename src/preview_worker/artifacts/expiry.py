"""Which previews are kept no longer, wherever they are kept."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from preview_worker.artifacts.settings import ArtifactSettings

Reason = Literal["age", "size"]


@dataclass(frozen=True, slots=True)
class RetiredPreview:
    """A preview that is kept no longer, by the names of its folders, and why."""

    project: str
    job: str
    size_bytes: int
    age_s: float
    reason: Reason


class Ageing(Protocol):
    """Something that was used at a moment and takes room."""

    @property
    def used_at_ns(self) -> int:
        """When it was used last, in nanoseconds since 1970."""

    @property
    def size_bytes(self) -> int:
        """What it takes."""


T = TypeVar("T", bound=Ageing)


def choose(
    seen: Iterable[T], settings: ArtifactSettings, now_ns: int | None = None
) -> list[tuple[T, Reason]]:
    """Return what is due now, the oldest first."""
    now_ns = time.time_ns() if now_ns is None else now_ns
    max_bytes, max_age_s = settings.retention_max_bytes, settings.retention_max_age_s
    ordered = sorted(seen, key=lambda kept: kept.used_at_ns)
    left_bytes = sum(kept.size_bytes for kept in ordered)
    chosen: list[tuple[T, Reason]] = []
    for kept in ordered:
        age_s = (now_ns - kept.used_at_ns) / 1e9
        too_old = bool(max_age_s) and age_s > max_age_s
        too_much = bool(max_bytes) and left_bytes > max_bytes
        if age_s < settings.retention_spared_s or not (too_old or too_much):
            break  # all that follow are younger
        left_bytes -= kept.size_bytes
        chosen.append((kept, "age" if too_old else "size"))
    return chosen
