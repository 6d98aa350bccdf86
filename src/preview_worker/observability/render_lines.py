"""What the log says of renders, of their processes and of previews."""

from __future__ import annotations

from dataclasses import asdict
from typing import assert_never

from preview_worker.events import (
    AssetFetched,
    ChildExited,
    ChildRestarted,
    JobProgressed,
    PartFilmed,
    PhaseEnded,
    PreviewPublished,
    PreviewRetired,
    RenderSkipped,
    ScenesShared,
)
from preview_worker.observability.line import Facts, Line, rounded

PhaseEvent = PhaseEnded | AssetFetched
FilmEvent = PreviewPublished | PartFilmed
RenderEvent = (
    PhaseEvent
    | JobProgressed
    | RenderSkipped
    | FilmEvent
    | ScenesShared
    | PreviewRetired
    | ChildExited
    | ChildRestarted
)


def render_line(event: RenderEvent) -> Line:
    """Tell what to write of an event."""
    match event:
        case JobProgressed(percent=percent, phase=phase):
            line = Line("debug", "job.progressed", {"percent": percent, "phase": phase})
        case PhaseEnded() | AssetFetched():
            line = _phase_line(event)
        case RenderSkipped():
            line = Line("info", "render.skipped", {})
        case PreviewPublished() | PartFilmed():
            line = _film_line(event)
        case ScenesShared():
            line = _shared_line(event)
        case PreviewRetired():
            line = _retired_line(event)
        case ChildExited() | ChildRestarted():
            line = _child_line(event)
        case _:
            assert_never(event)
    return line


def _film_line(event: FilmEvent) -> Line:
    facts: Facts = {
        "render_s": rounded(event.render_s),
        "shots": event.shots,
        "reused_shots": event.reused_shots,
    }
    match event:
        case PreviewPublished():
            facts |= {"size_bytes": event.size_bytes, "video_s": rounded(event.duration_s)}
            facts |= {"phases_s": {name: rounded(s) for name, s in event.phases_s.items()}}
            if event.placeholders:
                facts |= {"placeholders": event.placeholders}
            level = "warning" if event.placeholders else "info"
            return Line(level, "preview.published", facts)
        case PartFilmed():
            return Line(
                "info", "part.filmed", {"part": event.number, "parts": event.count, **facts}
            )
        case _:
            assert_never(event)


def _retired_line(event: PreviewRetired) -> Line:
    facts: Facts = {
        "project": event.project,
        "job": event.job,
        "size_bytes": event.size_bytes,
        "age_s": rounded(event.age_s),
        "reason": event.reason,
    }
    return Line("info", "preview.retired", facts)


def _child_line(event: ChildExited | ChildRestarted) -> Line:
    if isinstance(event, ChildRestarted):
        return Line("warning", "child.restarted", {"reason": event.reason})
    facts: Facts = {
        "status": event.status,
        "wall_s": rounded(event.wall_s),
        "cpu_s": rounded(event.cpu_s),
        "rss_kib": event.rss_kib,
    }
    return Line("debug" if event.status == "ok" else "warning", "child.exited", facts)


def _shared_line(event: ScenesShared) -> Line:
    facts = {name: value for name, value in asdict(event).items() if name != "job_id"}
    facts["waited_s"] = rounded(event.waited_s)
    return Line("warning" if event.failed else "info", "scenes.shared", facts)


def _phase_line(event: PhaseEvent) -> Line:
    facts: Facts = {"duration_s": rounded(event.duration_s), "code": event.code}
    match event:
        case PhaseEnded(phase=phase):
            return Line("debug", "phase.ended", {"phase": phase, **facts})
        case AssetFetched():
            facts |= {"scheme": event.scheme, "host": event.host, "size_bytes": event.size_bytes}
            facts |= {"cached": event.cached, "tries": event.tries}
            return Line("debug" if event.code is None else "warning", "asset.fetched", facts)
        case _:
            assert_never(event)
