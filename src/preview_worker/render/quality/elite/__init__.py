"""The rules of the Elite video standard that can be measured, and what a preview earns by them."""

from __future__ import annotations

from preview_worker.render.quality.elite.evidence import Evidence
from preview_worker.render.quality.elite.score import STANDARD, score

__all__ = ["STANDARD", "Evidence", "score"]
