"""The camera: films one shot, from its scene to a take."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from preview_worker.contract import Finding
from preview_worker.render.encode import Segment, SegmentEncoder, check_segment
from preview_worker.render.model import Profile, Scene, Still, Timeline
from preview_worker.render.paint import Painter
from preview_worker.render.prints import PrintOrder, take_print
from preview_worker.render.quality import judge_scene
from preview_worker.render.settings import RenderSettings
from preview_worker.render.shots import Shot
from preview_worker.render.take import Take


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds that filming took, and from when to when, by the machine's monotonic clock."""

    paint_s: float
    encode_s: float
    print_s: float
    began_s: float
    ended_s: float


class Camera:
    """Films the shots of one timeline. A take depends on its shot alone, not on earlier ones."""

    def __init__(self, timeline: Timeline, painter: Painter, settings: RenderSettings) -> None:
        """Film what ``painter`` paints."""
        self._timeline = timeline
        self._painter = painter
        self._encoder = SegmentEncoder(timeline.profile, settings)
        self._plan = lru_cache(maxsize=2)(lambda number: painter.plan(timeline.scenes[number]))

    def film(self, shot: Shot, orders: Sequence[PrintOrder]) -> tuple[Take, Spent]:
        """Paint and encode ``shot``, with the prints that were ordered of its frames."""
        began_s, started_s = time.monotonic(), time.perf_counter()
        roll = _Roll(self._timeline.profile, orders)
        segment = self._encoder.encode(roll.observed(self._stills(shot)))
        check_segment(segment, self._timeline.profile, shot.frames)
        prints = {print_name(segment, shot, order): one for order, one in roll.prints.items()}
        filmed_s = time.perf_counter()
        findings = self._findings(shot)
        judged_s = time.perf_counter() - filmed_s
        encode_s = filmed_s - started_s - roll.paint_s - roll.print_s
        paint_s = roll.paint_s + judged_s
        spent = Spent(paint_s, encode_s, roll.print_s, began_s, time.monotonic())
        return Take(segment, findings, prints), spent

    def _findings(self, shot: Shot) -> tuple[Finding, ...]:
        if shot.part == "transition":
            return ()
        scene, spread = self._timeline.scenes[shot.number], self._plan(shot.number)
        found = judge_scene(scene, spread, self._painter)
        return tuple(replace(one, scene=None) for one in found)

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
        scene = self._scene(shot)
        if shot.part == "scene":
            return self._painter.paint_scene(scene, self._plan(shot.number))
        before = self._timeline.scenes[shot.number - 1]
        pair = ((before, self._plan(shot.number - 1)), (scene, self._plan(shot.number)))
        return self._painter.paint_transition(*pair)

    def _scene(self, shot: Shot) -> Scene:
        """Return the shot's scene with a transition of the length that the shots leave to it."""
        scene = self._timeline.scenes[shot.number]
        taken = shot.frames if shot.part == "transition" else shot.start_frame - scene.start_frame
        return replace(scene, transition=replace(scene.transition, frames=taken))


class _Roll:
    """The pictures of one shot as they pass by, and the prints that are taken of them."""

    def __init__(self, profile: Profile, orders: Sequence[PrintOrder]) -> None:
        self._profile = profile
        self._orders = orders
        self.prints: dict[PrintOrder, bytes] = {}
        self.paint_s = 0.0
        self.print_s = 0.0

    def observed(self, stills: Iterator[Still]) -> Iterator[Still]:
        while True:
            started_s = time.perf_counter()
            still = next(stills, None)
            painted_s = time.perf_counter()
            self.paint_s += painted_s - started_s
            if still is None:
                return
            for order in self._orders:
                if still.start_frame <= order.frame < still.end_frame:
                    self.prints[order] = take_print(self._profile, still, order.look)
            self.print_s += time.perf_counter() - painted_s
            yield still


def print_name(segment: Segment, shot: Shot, order: PrintOrder) -> str:
    """Return what the print is called in a take: by its picture, not by its place in the preview.

    Every frame of a held picture gives the same print, so it goes by the first of them. Its key
    frame may come again; what moves may by chance be told in the same bytes twice.
    """
    wanted, start, content = order.frame - shot.start_frame, 0, b""
    position = 0
    for run in segment.runs:
        if not run.key or run.content != content:
            start, content = position, run.content
        position += run.frames
        if wanted < position:
            break
    return f"{order.look}@{start}"
