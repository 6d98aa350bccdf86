"""A version that is only planned: a payload whose scenes are painted to be looked at."""

from __future__ import annotations

from collections.abc import Collection

from preview_worker.contract import PreviewJob
from preview_worker.render.assets import FileAssets
from preview_worker.render.atelier import painter_of
from preview_worker.render.audio import Listener
from preview_worker.render.captions import plan_cues
from preview_worker.render.comparison.hearing import Hearing, hear, silence
from preview_worker.render.comparison.version import Sight, Version, VersionScene
from preview_worker.render.encode import decode_sound
from preview_worker.render.encode.colour import Converter
from preview_worker.render.model import Scene, Timeline
from preview_worker.render.planning import plan_preview
from preview_worker.render.recording import record
from preview_worker.render.settings import NOTHING_FETCHED, Fetched, RenderSettings
from preview_worker.render.tutorial import words_on


def plan_version(
    label: str, job: PreviewJob, settings: RenderSettings, fetched: Fetched = NOTHING_FETCHED
) -> Version:
    """Return the version that ``job`` would be rendered to; raises ``PreviewError`` as that would.

    ``label`` names it to people.
    """
    source = FileAssets(settings, fetched)
    listener = Listener(source, settings)
    timeline = plan_preview(job, settings, listener.length_s, fetched)
    profile = timeline.profile
    eye = _Eye(timeline, source, settings)

    def listen() -> Hearing:
        if not timeline.sounds:
            return silence()
        return hear(decode_sound(profile.container, record(timeline, listener).sound))

    return Version(
        label,
        timeline.title,
        profile.width_px,
        profile.height_px,
        profile.fps,
        _scenes(timeline),
        eye.look,
        listen,
    )


def _scenes(timeline: Timeline) -> tuple[VersionScene, ...]:
    cues = plan_cues(timeline)[0] if timeline.captioning.formats else None

    def said(scene: Scene) -> str | None:
        if cues is None:
            return None
        own = (cue for cue in cues if scene.start_frame <= cue.start_frame < scene.end_frame)
        return " ".join(line for cue in own for line in cue.lines)

    return tuple(
        VersionScene(
            scene.id,
            scene.title,
            scene.start_frame,
            scene.frames,
            said(scene),
            words_on(scene.card),
        )
        for scene in timeline.scenes
    )


class _Eye:
    """Paints what somebody wants to see of a timeline."""

    def __init__(self, timeline: Timeline, source: FileAssets, settings: RenderSettings) -> None:
        self._timeline = timeline
        self._staying = Converter(timeline.profile)
        self._passing = Converter(timeline.profile, quick=True)
        self._painter = painter_of(timeline, source, settings)

    def look(self, frames: Collection[int]) -> dict[int, Sight]:
        seen: dict[int, Sight] = {}
        for still in self._painter.paint(self._timeline, []):
            wanted = [frame for frame in frames if still.start_frame <= frame < still.end_frame]
            if wanted:
                # With half the colour, as a video has it: else every edge would be a difference.
                passing = still.moving and still.frames == 1
                converter = self._passing if passing else self._staying
                sight = Sight.of(converter.convert(still.rgba))
                seen |= dict.fromkeys(wanted, sight)
        return seen
