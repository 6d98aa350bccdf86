"""Judging a preview before it is rendered: planned and laid out, but neither painted nor encoded.

The findings are those that a render of the same request would tell, but for what can only be known
of a finished file.
"""

from __future__ import annotations

from dataclasses import dataclass

from preview_worker.contract import Finding, PreviewJob, Quality, SceneFacts
from preview_worker.render.assets import FileAssets
from preview_worker.render.atelier import check_pictures, painter_of
from preview_worker.render.audio import Listener
from preview_worker.render.captions import plan_sidecars
from preview_worker.render.planning import plan_preview, scene_facts
from preview_worker.render.quality import (
    Evidence,
    advise,
    appraise,
    judge_scene,
    judge_timeline,
)
from preview_worker.render.settings import NOTHING_FETCHED, Fetched, RenderSettings


@dataclass(frozen=True, slots=True)
class Review:
    """What was found of a preview that does not exist yet."""

    title: str
    fps: float
    scenes: tuple[SceneFacts, ...]
    findings: tuple[Finding, ...]
    quality: Quality


def review_preview(
    job: PreviewJob, settings: RenderSettings, fetched: Fetched = NOTHING_FETCHED
) -> Review:
    """Judge what ``job`` asks for; raise ``PreviewError`` for what cannot be rendered at all."""
    source = FileAssets(settings, fetched)
    listener = Listener(source, settings)
    timeline = plan_preview(job, settings, listener.length_s, fetched)
    check_pictures(timeline, source, settings)
    painter = painter_of(timeline, source, settings)
    sidecars = plan_sidecars(timeline)
    found = [*timeline.findings, *sidecars.findings, *judge_timeline(job, timeline, listener)]
    for scene in timeline.scenes:
        found += judge_scene(scene, painter.plan(scene), painter)
    findings = advise(found)
    return Review(
        title=timeline.title,
        fps=float(timeline.profile.fps),
        scenes=scene_facts(timeline),
        findings=findings,
        quality=appraise(Evidence(job, timeline, len(sidecars.cues), findings)),
    )
