"""Chapters as a video file is told of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """A chapter from ``start_frame`` up to but not including ``end_frame``."""

    title: str
    start_frame: int
    end_frame: int
