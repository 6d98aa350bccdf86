"""From a preview request to a timeline: who shows what, on which frames."""

from __future__ import annotations

from preview_worker.render.timeline.plan import plan_timeline, unknown_length

__all__ = ["plan_timeline", "unknown_length"]
