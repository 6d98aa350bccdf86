"""Whether a preview is fit to be shown: findings scene by scene, over the whole, and a score."""

from __future__ import annotations

from preview_worker.render.quality.elite import Evidence
from preview_worker.render.quality.scene import judge_scene
from preview_worker.render.quality.whole import advise, appraise, judge_timeline

__all__ = ["Evidence", "advise", "appraise", "judge_scene", "judge_timeline"]
