"""One part of a preview, filmed into the cache for whoever renders the whole of it."""

from __future__ import annotations

from pathlib import Path

from preview_worker.contract import PreviewError, PreviewJob, RenderedPreview
from preview_worker.render.atelier import painter_of
from preview_worker.render.gallery import Gallery
from preview_worker.render.model import Timeline
from preview_worker.render.pipeline import check_assets, plan_render
from preview_worker.render.planning import scene_facts
from preview_worker.render.production import BEGUN, PAINTED, equipment_of
from preview_worker.render.settings import PartWish, Provision, RenderSettings
from preview_worker.render.studio import Studio
from preview_worker.render.workspace import Report, Workspace, disk_told


def film_part(
    job: PreviewJob,
    directory: Path,
    settings: RenderSettings,
    report: Report,
    provision: Provision,
) -> RenderedPreview:
    """Film the shots of the part that ``provision`` wishes for, and leave no file but in the cache.

    A take depends on its shot alone, so it is the one that a render of the whole would make; with
    the first part, the sound is recorded as well. Where there is no cache, or the whole preview is
    in it, nothing is filmed. Raises ``PreviewError`` as ``render_preview`` does.
    """
    wish = provision.part or PartWish(1, 1)
    render = Workspace.open(job, directory, settings, report, provision)
    with disk_told():
        timeline = plan_render(render)
        if not wish.alone:
            check_assets(render, timeline)
        whole = provision.digest is not None and render.cache.holds(provision.digest)
        if settings.cache_dir is not None and not whole:
            (_film_around if wish.alone else _film)(render, timeline, wish)
    render.report("done", 1.0)
    return _told(render, timeline)


def _film_around(render: Workspace, timeline: Timeline, wish: PartWish) -> None:
    """Film a part, and when it fails its halves, down to the shots that it fails of; then raise.

    So all others are in the cache, and whoever renders the whole lacks no more than it must.
    """
    waiting, first = [wish], None
    while waiting:
        one = waiting.pop()
        try:
            _film(render, timeline, one)
        except PreviewError as error:
            if error.code.retryable:
                raise
            first = first or error
            if render.shots > 1:
                waiting += reversed(one.halves)
    if first is not None:
        raise first


def _film(render: Workspace, timeline: Timeline, wish: PartWish) -> None:
    render.shots = 0
    painter = painter_of(timeline, render.assets, render.settings)
    equipment = equipment_of(render, timeline, painter)
    with Studio(timeline, equipment, Gallery(timeline).orders, wish) as studio:
        render.shots = studio.shots
        with render.journal.phase("sound"):
            studio.recording()
        for done, _ in enumerate(studio.takes(), start=1):
            render.report("render", BEGUN + (PAINTED - BEGUN) * done / studio.shots)
        render.reused_shots = studio.reused


def _told(render: Workspace, timeline: Timeline) -> RenderedPreview:
    return RenderedPreview(
        title=timeline.title,
        dry_run=True,
        files=(),
        media=None,
        width_px=timeline.profile.width_px,
        height_px=timeline.profile.height_px,
        fps=timeline.profile.rate,
        frames=timeline.frames,
        scenes=scene_facts(timeline),
        cues=0,
        shots=render.shots,
        reused_shots=render.reused_shots,
        phases=render.journal.phases,
    )
