"""The production: what the studio brings becomes the video and the pictures of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Self

from preview_worker.contract import Finding, MediaFacts, RenderedFile, phase_share
from preview_worker.render.camera import Camera
from preview_worker.render.edition import made_with
from preview_worker.render.encode import LivePlaylist, Mark, open_file
from preview_worker.render.gallery import Gallery
from preview_worker.render.model import Timeline
from preview_worker.render.paint import Painter
from preview_worker.render.planning import distinct, wants_live
from preview_worker.render.probe import probe
from preview_worker.render.recording import Recording, record
from preview_worker.render.studio import Delivery, Equipment, Studio
from preview_worker.render.workspace import Workspace

MEDIA_TYPES = {"mp4": "video/mp4", "webm": "video/webm"}
BEGUN, PAINTED = phase_share("render"), phase_share("probe")
"""Shares of the whole before the first frame is painted and when the last one is encoded."""


class Production:
    """One video in the making. From the beginning on, the studio's crew is at work."""

    def __init__(self, render: Workspace, timeline: Timeline, painter: Painter) -> None:
        """Put the crew to work on what was not rendered before."""
        self._render = render
        self._timeline = timeline
        self._gallery = Gallery(timeline)
        equipment = equipment_of(render, timeline, painter)
        self._studio = Studio(timeline, equipment, self._gallery.orders)

    def finish(self) -> MediaFacts:
        """Write the video and the pictures of it; return what the video was found to be."""
        render, timeline = self._render, self._timeline
        recording = self._write_video()
        render.report("probe", PAINTED)
        path = render.directory / f"preview.{timeline.profile.container}"
        with render.journal.phase("probe"):
            facts = probe(path, timeline)
        return replace(facts, silent=recording.loudness is None, loudness=recording.loudness)

    def _write_video(self) -> Recording:
        render, timeline, studio = self._render, self._timeline, self._studio
        name = f"preview.{timeline.profile.container}"
        marks = [Mark(scene.title, scene.start_frame, scene.end_frame) for scene in timeline.scenes]
        with render.journal.phase("sound"):
            recording = studio.recording()
            render.findings += recording.findings
        live = _live(render, timeline, recording)
        with open_file(render.directory / name, timeline.profile, recording.sound, marks) as file:
            for delivery in studio.takes():
                with render.journal.phase("join"):
                    if live:
                        live.add(delivery.take.segment)
                    file.add(delivery.take.segment)
                for order, content in delivery.prints.items():
                    self._gallery.take(order, content)
                _note(render, timeline, delivery)
        if live:
            live.finish()
        render.shots, render.reused_shots = studio.shots, studio.reused
        render.journal.note("filmed", shots=studio.shots, reused=studio.reused)
        with render.journal.phase("pictures"):
            render.files += self._gallery.write(render.directory)
        render.files.append(RenderedFile(name, "video", MEDIA_TYPES[timeline.profile.container]))
        return recording

    def __enter__(self) -> Self:
        """Return the production itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nobody at work."""
        self._studio.close()


def _live(render: Workspace, timeline: Timeline, recording: Recording) -> LivePlaylist | None:
    """Return the playlist that grows while the preview is rendered, if the job asks for one."""
    if render.provision.live is None or not wants_live(render.job):
        return None
    if timeline.profile.container != "mp4":
        told = "Only MP4 can be watched while it is rendered; there is no playlist."
        render.findings.append(Finding("live.unsupported", told, severity="note"))
        return None
    render.provision.live.mkdir(parents=True, exist_ok=True)
    every_s = render.settings.keyframe_interval_s
    return LivePlaylist(render.provision.live, timeline.profile, recording.sound, every_s)


def equipment_of(render: Workspace, timeline: Timeline, painter: Painter) -> Equipment:
    """Return what a studio needs to film ``timeline`` within ``render``."""
    settings = render.settings
    return Equipment(
        camera=Camera(timeline, painter, settings),
        record=lambda: _recorded(render, timeline),
        cache=render.cache,
        processes=settings.processes,
        made_with=made_with(settings),
        digests=render.assets,
        pool=render.provision.pool,
    )


def _recorded(render: Workspace, timeline: Timeline) -> Recording:
    """Record what is heard, and see that the sounds it is kept under are the same to the end."""
    recording = record(timeline, render.listener)
    for sound in distinct(timeline.sounds):
        render.assets.confirm(sound)
    return recording


def _note(render: Workspace, timeline: Timeline, delivery: Delivery) -> None:
    """Note what a take told and cost; with several processes, phases add up to more than passed."""
    shot = delivery.shot
    scene = timeline.scenes[shot.number].id
    if scene not in render.placeholders:  # whatever is to be said of a placeholder is said
        render.findings += (replace(finding, scene=scene) for finding in delivery.take.findings)
    if spent := delivery.spent:
        interval = (spent.began_s, spent.ended_s)
        render.journal.spend("paint", spent.paint_s, *interval)
        render.journal.spend("encode", spent.encode_s, *interval)
        if spent.print_s:
            render.journal.spend("pictures", spent.print_s, *interval)
    render.report("render", BEGUN + (PAINTED - BEGUN) * shot.end_frame / timeline.frames)
