"""The camera: films one shot, from its scene to a take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from preview_worker.contract import Finding
from preview_worker.render.encode import Segment, SegmentEncoder, check_segment
from preview_worker.render.model import Still, Timeline
from preview_worker.render.paint import Painter
from preview_worker.render.prints import PrintOrder, take_print
from preview_worker.render.settings import RenderSettings
from preview_worker.render.shots import Shot
from preview_worker.render.take import Take


class Camera:
    """Films the shots of one timeline. A take depends on its shot alone, not on earlier ones."""

    def __init__(self, timeline: Timeline, painter: Painter, settings: RenderSettings) -> None:
        """Film what ``painter`` paints."""
        self._timeline = timeline
        self._painter = painter
        self._encoder = SegmentEncoder(timeline.profile, settings)
        self._plan = lru_cache(maxsize=2)(lambda number: painter.plan(timeline.scenes[number]))

    def film(self, shot: Shot, orders: Iterable[PrintOrder]) -> Take:
        """Paint and encode ``shot``, with the prints that were ordered of its frames."""
        prints: dict[PrintOrder, bytes] = {}
        segment = self._encoder.encode(self._observed(shot, tuple(orders), prints))
        check_segment(segment, self._timeline.profile, shot.frames)
        named = {print_name(segment, shot, order): content for order, content in prints.items()}
        findings: tuple[Finding, ...] = ()
        if shot.part == "scene":
            findings = tuple(replace(one, scene=None) for one in self._plan(shot.number).findings)
        return Take(segment, findings, named)

    def develop(self, shot: Shot, take: Take, orders: Sequence[PrintOrder]) -> Take:
        """Return ``take`` with prints that it lacks, for which their frames are painted again."""
        prints = dict(take.prints)
        for order in orders:
            name = print_name(take.segment, shot, order)
            if name not in prints:
                still = next(one for one in self._stills(shot) if order.frame < one.end_frame)
                prints[name] = take_print(self._timeline.profile, still, order.look)
        return replace(take, prints=prints)

    def _stills(self, shot: Shot) -> Iterator[Still]:
        scene = self._timeline.scenes[shot.number]
        if shot.part == "scene":
            return self._painter.paint_scene(scene, self._plan(shot.number))
        before = self._timeline.scenes[shot.number - 1]
        pair = ((before, self._plan(shot.number - 1)), (scene, self._plan(shot.number)))
        return self._painter.paint_transition(*pair)

    def _observed(
        self, shot: Shot, orders: tuple[PrintOrder, ...], prints: dict[PrintOrder, bytes]
    ) -> Iterator[Still]:
        for still in self._stills(shot):
            for order in orders:
                if still.start_frame <= order.frame < still.end_frame:
                    prints[order] = take_print(self._timeline.profile, still, order.look)
            yield still


def print_name(segment: Segment, shot: Shot, order: PrintOrder) -> str:
    """Return what the print is called in a take: by its picture, not by its place in the preview.

    Every frame of a held picture gives the same print, so it goes by the first of them.
    """
    wanted, start, content = order.frame - shot.start_frame, 0, b""
    position = 0
    for run in segment.runs:
        if run.content != content:
            start, content = position, run.content
        position += run.frames
        if wanted < position:
            break
    return f"{order.look}@{start}"
