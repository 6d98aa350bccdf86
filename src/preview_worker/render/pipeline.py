"""One job's way to a preview, step by step; the steps meet here and nowhere else."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from preview_worker.contract import (
    ErrorCode,
    Finding,
    MediaFacts,
    PreviewError,
    PreviewJob,
    RenderedFile,
    RenderedPreview,
    SceneFacts,
)
from preview_worker.render import audio
from preview_worker.render.assets import AssetDigests, AssetSource, FileAssets
from preview_worker.render.assets.pictures import check_picture, decode_picture, load_decoders
from preview_worker.render.cache import Cache
from preview_worker.render.camera import Camera
from preview_worker.render.captions import as_srt, as_vtt, plan_cues
from preview_worker.render.chapters import list_chapters
from preview_worker.render.edition import made_with
from preview_worker.render.encode import Mark, open_file
from preview_worker.render.gallery import Gallery
from preview_worker.render.journal import Journal
from preview_worker.render.model import Cue, Picture, PictureRef, Timeline
from preview_worker.render.paint import Painter, load_fonts
from preview_worker.render.planning import distinct, plan_preview
from preview_worker.render.prints import as_jpeg, picture
from preview_worker.render.probe import probe
from preview_worker.render.quality import (
    Evidence,
    advise,
    appraise,
    judge_scene,
    judge_timeline,
)
from preview_worker.render.recording import Recording, record
from preview_worker.render.settings import RenderSettings
from preview_worker.render.studio import Delivery, Equipment, Studio
from preview_worker.render.supplement import write_supplement
from preview_worker.render.tutorial import Outcome

Report = Callable[[str, float], None]
MEDIA_TYPES = {"mp4": "video/mp4", "webm": "video/webm"}
PAINTED = 0.9
"""Share of the whole when the last frame is encoded."""
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}


@dataclass(slots=True)
class _Render:
    """One render under way."""

    job: PreviewJob
    directory: Path
    settings: RenderSettings
    report: Report
    source: AssetSource
    listener: audio.Listener
    journal: Journal = field(default_factory=Journal)
    findings: list[Finding] = field(default_factory=list)
    files: list[RenderedFile] = field(default_factory=list)

    def write(self, file: RenderedFile, text: str) -> None:
        """Write a text file into the preview's folder."""
        (self.directory / file.name).write_text(text, encoding="utf-8", newline="\n")
        self.files.append(file)


def render_preview(
    job: PreviewJob, directory: Path, settings: RenderSettings, report: Report
) -> RenderedPreview:
    """Render ``job`` into ``directory``, which exists and is empty.

    ``report`` is told the phase and the share of the whole (0 to 1) that is done. A dry run does
    everything but the video and the pictures taken from it. Raises ``PreviewError`` for all that is
    known to go wrong; anything else is a defect.
    """
    source = FileAssets(settings)
    listener = audio.Listener(source, settings)
    render = _Render(job, directory, settings, report, source, listener)
    try:
        return _rendered(render)
    except OSError as error:
        if error.errno in _DISK:
            reason = f"The preview could not be written: {error.strerror}."
            raise PreviewError(ErrorCode.DISK, reason) from error
        raise PreviewError(ErrorCode.RENDER, f"The render failed: {error.strerror}.") from error


def warm_up() -> None:
    """Load what every render needs, so that forked children share it."""
    load_fonts()
    load_decoders()


def _rendered(render: _Render) -> RenderedPreview:
    job, timeline = render.job, _plan(render)
    painter = Painter(timeline.profile, _pictures(render, timeline), timeline.look)
    cues = _write_texts(render, timeline)
    with render.journal.phase("sound"):
        render.findings += judge_timeline(job, timeline, render.listener)
    if job.dry_run:
        media = None
        _write_plan(render, timeline, painter)
    else:
        recording = _write_video(render, timeline, painter)
        media = _probe(render, timeline, recording)
    outcome = Outcome(job.job_id, job.dry_run, cues, tuple(render.files), tuple(render.findings))
    render.files += write_supplement(job, timeline, render.directory, outcome)
    _write_log(render, timeline)
    render.report("done", 1.0)
    return _told(render, timeline, cues, media)


def _plan(render: _Render) -> Timeline:
    render.report("plan", 0.0)
    with render.journal.phase("plan"):
        timeline = plan_preview(render.job, render.settings, render.listener.length_s)
        render.findings += timeline.findings
    render.report("assets", 0.02)
    with render.journal.phase("assets"):
        for ref in distinct(timeline.pictures):
            content = render.source.read(ref)
            check_picture(content, ref.where, render.settings.max_asset_pixels)
    return timeline


def _pictures(render: _Render, timeline: Timeline) -> Callable[[PictureRef], Picture]:
    within = (timeline.profile.width_px, timeline.profile.height_px)

    @lru_cache(maxsize=1)
    def decoded(ref: PictureRef) -> Picture:
        content = render.source.read(ref)
        return decode_picture(content, ref.where, render.settings.max_asset_pixels, within)

    return decoded


def _write_texts(render: _Render, timeline: Timeline) -> tuple[Cue, ...]:
    render.report("captions", 0.04)
    chapters = json.dumps(list_chapters(timeline), ensure_ascii=False, indent=2) + "\n"
    render.write(RenderedFile("chapters.json", "chapters", "application/json"), chapters)
    if not timeline.captioned:
        return ()
    with render.journal.phase("captions"):
        cues, findings = plan_cues(timeline)
        render.findings += findings
        fps = timeline.profile.fps
        srt = RenderedFile("captions.srt", "captions", "application/x-subrip")
        render.write(srt, as_srt(cues, fps))
        render.write(RenderedFile("captions.vtt", "captions", "text/vtt"), as_vtt(cues, fps))
    return cues


def _write_plan(render: _Render, timeline: Timeline, painter: Painter) -> None:
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


def _write_video(render: _Render, timeline: Timeline, painter: Painter) -> Recording:
    name = f"preview.{timeline.profile.container}"
    gallery = Gallery(timeline)
    equipment = _equipment(render, timeline, painter)
    marks = [Mark(scene.title, scene.start_frame, scene.end_frame) for scene in timeline.scenes]
    journal = render.journal
    with Studio(timeline, equipment, gallery.orders) as studio:
        with journal.phase("sound"):
            recording = studio.recording()
            render.findings += recording.findings
        with open_file(render.directory / name, timeline.profile, recording.sound, marks) as file:
            for delivery in studio.takes():
                with journal.phase("join"):
                    file.add(delivery.take.segment)
                for order, content in delivery.prints.items():
                    gallery.take(order, content)
                _note(render, timeline, delivery)
        journal.note("filmed", shots=studio.shots, reused=studio.reused)
    with journal.phase("pictures"):
        render.files += gallery.write(render.directory)
    equipment.cache.trim()
    render.files.append(RenderedFile(name, "video", MEDIA_TYPES[timeline.profile.container]))
    return recording


def _equipment(render: _Render, timeline: Timeline, painter: Painter) -> Equipment:
    settings = render.settings
    return Equipment(
        camera=Camera(timeline, painter, settings),
        record=lambda: record(timeline, render.listener),
        cache=Cache(settings.cache_dir, settings.cache_max_bytes),
        processes=settings.processes,
        made_with=made_with(settings),
        digests=AssetDigests(render.source),
    )


def _note(render: _Render, timeline: Timeline, delivery: Delivery) -> None:
    """Note what a take told and cost; with several processes, phases add up to more than passed."""
    shot = delivery.shot
    scene = timeline.scenes[shot.number].id
    render.findings += (replace(finding, scene=scene) for finding in delivery.take.findings)
    if spent := delivery.spent:
        render.journal.spend("paint", spent.paint_s)
        render.journal.spend("encode", spent.encode_s)
        render.journal.spend("pictures", spent.print_s)
    render.report("render", 0.05 + (PAINTED - 0.05) * shot.end_frame / timeline.frames)


def _probe(render: _Render, timeline: Timeline, recording: Recording) -> MediaFacts:
    render.report("probe", PAINTED)
    path = render.directory / f"preview.{timeline.profile.container}"
    with render.journal.phase("probe"):
        facts = probe(path, timeline)
    silent = recording.loudness is None
    return replace(facts, silent=silent, loudness=recording.loudness)


def _write_log(render: _Render, timeline: Timeline) -> None:
    journal = render.journal
    journal.note("planned", scenes=len(timeline.scenes), frames=timeline.frames)
    for name, spent in journal.phases_s.items():
        journal.note("phase", name=name, seconds=round(spent, 3))
    render.findings = list(advise(render.findings))
    for finding in render.findings:
        journal.note("finding", **asdict(finding))
    render.write(RenderedFile("render.log", "log", "application/x-ndjson"), journal.text())


def _told(
    render: _Render, timeline: Timeline, cues: tuple[Cue, ...], media: MediaFacts | None
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
        scenes=tuple(
            SceneFacts(scene.id, scene.kind, scene.title, scene.start_frame, scene.frames)
            for scene in timeline.scenes
        ),
        cues=len(cues),
        findings=findings,
        quality=appraise(evidence),
        unread=timeline.unread,
        phases_s={name: round(spent, 6) for name, spent in render.journal.phases_s.items()},
    )
