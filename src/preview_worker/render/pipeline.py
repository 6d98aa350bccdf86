"""One job's way to a preview, step by step; the steps meet here and nowhere else."""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path

from preview_worker.contract import (
    MediaFacts,
    PreviewJob,
    RenderedFile,
    RenderedPreview,
    phase_share,
)
from preview_worker.render.archive import Archive
from preview_worker.render.assets.pictures import load_decoders
from preview_worker.render.atelier import check_pictures, painter_of
from preview_worker.render.captions import plan_sidecars
from preview_worker.render.chapters import list_chapters
from preview_worker.render.edition import made_with
from preview_worker.render.fingerprint import Fingerprints
from preview_worker.render.model import Cue, Timeline
from preview_worker.render.notes import CachedCues
from preview_worker.render.paint import Painter
from preview_worker.render.planning import plan_preview, scene_facts
from preview_worker.render.prints import as_jpeg, picture
from preview_worker.render.production import Production
from preview_worker.render.quality import (
    Evidence,
    advise,
    appraise,
    judge_scene,
    judge_timeline,
)
from preview_worker.render.rehearsal import REHEARSAL
from preview_worker.render.settings import NOTHING_PROVIDED, Provision, RenderSettings
from preview_worker.render.stand_in import stand_in
from preview_worker.render.supplement import write_supplement
from preview_worker.render.tutorial import Outcome
from preview_worker.render.workspace import Report, Workspace, disk_told

_OF_ONE_JOB = {"render-config", "tutorial-manifest"}
"""Kinds of files that name the job, so that they are of no use to another."""


def render_preview(
    job: PreviewJob,
    directory: Path,
    settings: RenderSettings,
    report: Report,
    provision: Provision = NOTHING_PROVIDED,
) -> RenderedPreview:
    """Render ``job`` into ``directory``, which exists and is empty.

    ``report`` is told the phase and the share of the whole (0 to 1) that is done. A dry run does
    everything but the video and the pictures taken from it. Raises ``PreviewError`` for all that is
    known to go wrong; anything else is a defect.
    """
    render = Workspace.open(job, directory, settings, report, provision)
    with disk_told():
        return _brought(render, None if job.dry_run else provision.digest)


def warm_up() -> None:
    """Load what every render needs, so that forked children share it.

    Much of that is loaded by its first use, such as the tables of an encoder or the shapes of
    letters, so a small preview is rendered for nobody.
    """
    load_decoders()
    with tempfile.TemporaryDirectory() as folder:
        render_preview(REHEARSAL, Path(folder), RenderSettings(), lambda *_: None)


def _brought(render: Workspace, digest: str | None) -> RenderedPreview:
    """Return the preview from the archive when it is there under ``digest``, else render it."""
    archive = Archive(render.cache)
    if digest:
        with render.journal.phase("reuse"):
            kept = archive.fetch(digest, render.directory)
        if kept is not None:
            render.report("done", 1.0)
            return replace(kept, phases=render.journal.phases, reused_shots=kept.shots)
    preview = _rendered(render)
    own = preview.placeholders or any(file.kind in _OF_ONE_JOB for file in preview.files)
    if digest and not own:
        archive.keep(digest, render.directory, preview)
    return preview


def _rendered(render: Workspace) -> RenderedPreview:
    job, timeline = render.job, plan_render(render)
    shown = _shown(render, timeline)
    check_assets(render, shown)
    painter = painter_of(shown, render.assets, render.settings)
    with ExitStack() as stack:
        production = None
        if not job.dry_run:
            production = stack.enter_context(Production(render, shown, painter))
        cues = _write_texts(render, timeline)
        with render.journal.phase("sound"):
            render.findings += judge_timeline(job, timeline, render.listener)
        media = production.finish() if production else None
    if job.dry_run:
        _write_plan(render, timeline, painter)
    outcome = Outcome(job.job_id, job.dry_run, cues, tuple(render.files), tuple(render.findings))
    render.files += write_supplement(job, timeline, render.directory, outcome)
    _write_log(render, timeline)
    render.report("done", 1.0)
    return _told(render, timeline, cues, media)


def plan_render(render: Workspace) -> Timeline:
    """Plan the job of ``render``."""
    render.report("plan", phase_share("plan"))
    with render.journal.phase("plan"):
        timeline = plan_preview(
            render.job, render.settings, render.listener.length_s, render.provision.fetched
        )
        render.findings += timeline.findings
    return timeline


def check_assets(render: Workspace, timeline: Timeline) -> None:
    """See that all pictures of ``timeline`` can be shown; raise ``PreviewError`` otherwise."""
    render.report("assets", phase_share("assets"))
    with render.journal.phase("assets"):
        check_pictures(timeline, render.assets, render.settings)


def _shown(render: Workspace, timeline: Timeline) -> Timeline:
    """Return what is filmed: ``timeline``, with placeholders where parts of a batch were lost."""
    if not render.provision.lost:
        return timeline
    prints = Fingerprints(timeline, made_with(render.settings), render.assets)
    provided = render.provision
    standing = stand_in(timeline, provided.lost, render.cache, prints, provided.pool)
    render.placeholders = tuple(standing.codes)
    render.findings += standing.findings
    return standing.timeline


def _write_texts(render: Workspace, timeline: Timeline) -> tuple[Cue, ...]:
    render.report("captions", phase_share("captions"))
    chapters = json.dumps(list_chapters(timeline), ensure_ascii=False, indent=2) + "\n"
    render.write(RenderedFile("chapters.json", "chapters", "application/json"), chapters)
    with render.journal.phase("captions"):
        sidecars = plan_sidecars(timeline, CachedCues(render.cache))
        render.findings += sidecars.findings
        for file, text in sidecars.files:
            render.write(file, text)
    return sidecars.cues


def _write_plan(render: Workspace, timeline: Timeline, painter: Painter) -> None:
    """Write what a dry run leaves instead of a video: the timeline and the first scene's still."""
    render.report("still", 0.5)
    with render.journal.phase("paint"):
        spreads = [painter.plan(scene) for scene in timeline.scenes]
        still = next(painter.paint_scene(timeline.scenes[0], spreads[0]))
        image = as_jpeg(picture(timeline.profile, still.rgba))
        (render.directory / "still.jpg").write_bytes(image)
        for scene, spread in zip(timeline.scenes, spreads, strict=True):
            render.findings += judge_scene(scene, spread, painter)
    render.files.append(RenderedFile("still.jpg", "still", "image/jpeg"))
    plan = json.dumps(asdict(timeline), ensure_ascii=False, indent=2, default=str) + "\n"
    render.write(RenderedFile("timeline.json", "plan", "application/json"), plan)


def _write_log(render: Workspace, timeline: Timeline) -> None:
    journal = render.journal
    journal.note("planned", scenes=len(timeline.scenes), frames=timeline.frames)
    for phase in journal.phases:
        journal.note("phase", name=phase.name, seconds=round(phase.busy_s, 3))
    render.findings = list(advise(render.findings))
    for finding in render.findings:
        journal.note("finding", **asdict(finding))
    render.write(RenderedFile("render.log", "log", "application/x-ndjson"), journal.text())


def _told(
    render: Workspace, timeline: Timeline, cues: tuple[Cue, ...], media: MediaFacts | None
) -> RenderedPreview:
    thumbnail = None if media is None else any(file.kind == "thumbnail" for file in render.files)
    findings = tuple(render.findings)
    evidence = Evidence(render.job, timeline, len(cues), findings, media, thumbnail)
    return RenderedPreview(
        title=timeline.title,
        dry_run=render.job.dry_run,
        files=tuple(sorted(render.files, key=lambda file: file.name)),
        media=media,
        width_px=timeline.profile.width_px,
        height_px=timeline.profile.height_px,
        fps=timeline.profile.rate,
        frames=timeline.frames,
        scenes=scene_facts(timeline),
        cues=len(cues),
        findings=findings,
        quality=appraise(evidence),
        unread=timeline.unread,
        shots=render.shots,
        reused_shots=render.reused_shots,
        phases=render.journal.phases,
        placeholders=render.placeholders,
    )
