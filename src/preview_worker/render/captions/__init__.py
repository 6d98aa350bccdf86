"""Captions cut from the timeline, so that they cannot drift from the pictures."""

from __future__ import annotations

from preview_worker.render.captions.cues import Recall, Told, burn_captions, plan_cues
from preview_worker.render.captions.formats import as_srt, as_vtt
from preview_worker.render.captions.sidecars import Sidecars, plan_sidecars

__all__ = [
    "Recall",
    "Sidecars",
    "Told",
    "as_srt",
    "as_vtt",
    "burn_captions",
    "plan_cues",
    "plan_sidecars",
]
