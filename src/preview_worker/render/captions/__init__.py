"""Captions cut from the timeline, so that they cannot drift from the pictures."""

from __future__ import annotations

from preview_worker.render.captions.cues import plan_cues
from preview_worker.render.captions.formats import as_srt, as_vtt

__all__ = ["as_srt", "as_vtt", "plan_cues"]
