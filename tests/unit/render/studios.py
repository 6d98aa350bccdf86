"""A small preview and everything that is needed to film it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from preview_worker.render.cache import Cache
from preview_worker.render.camera import Camera, Spent
from preview_worker.render.edition import made_with
from preview_worker.render.model import Container, Picture, PictureRef, Scene, StepCard, Timeline
from preview_worker.render.motion import CUT, Transition
from preview_worker.render.paint import Painter
from preview_worker.render.prints import PrintOrder
from preview_worker.render.recording import Recording, silence
from preview_worker.render.settings import RenderSettings
from preview_worker.render.shots import Shot
from preview_worker.render.studio import Equipment
from preview_worker.render.take import Take
from tests.unit.render.jobs import timeline_of

SETTINGS = RenderSettings()
GREEN = Picture(60, 40, bytes((20, 160, 60, 255)) * (60 * 40))


def a_preview(
    *words: str, frames: int = 12, transition: Transition = CUT, container: Container = "mp4"
) -> Timeline:
    """Return a timeline of one step for each of ``words``, at 320 by 180 pixels."""
    whole = timeline_of(steps=[{"text": "Deal."}], options={"resolution": "320x180"})
    scenes = [
        _scene(whole.scenes[1], number, text, frames, transition if number else CUT)
        for number, text in enumerate(words)
    ]
    return replace(whole, scenes=tuple(scenes), profile=replace(whole.profile, container=container))


def _scene(like: Scene, number: int, text: str, frames: int, transition: Transition) -> Scene:
    return replace(
        like,
        id=f"scene-{number}",
        start_frame=number * frames,
        frames=frames,
        transition=transition,
        card=StepCard("1", "of 1", "Deal", text),
    )


def a_painter(timeline: Timeline, picture: Picture = GREEN) -> Painter:
    """Return a painter that has ``picture`` for every picture."""
    return Painter(timeline.profile, lambda _: picture, timeline.look)


@dataclass(slots=True)
class CountingCamera(Camera):
    """A camera that notes what it was asked for."""

    timeline: Timeline
    settings: RenderSettings = SETTINGS
    filmed: list[Shot] = field(default_factory=list)
    developed: list[Shot] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Set up the real camera."""
        Camera.__init__(self, self.timeline, a_painter(self.timeline), self.settings)

    def film(self, shot: Shot, orders: Any) -> tuple[Take, Spent]:
        """Note the shot and film it."""
        self.filmed.append(shot)
        return Camera.film(self, shot, orders)

    def develop(self, shot: Shot, take: Take, orders: Any) -> Take:
        """Note the shot and develop it."""
        self.developed.append(shot)
        return Camera.develop(self, shot, take, orders)


def an_equipment(
    timeline: Timeline, folder: Path | None, record: Callable[[], Recording] | None = None
) -> tuple[Equipment, CountingCamera]:
    """Return equipment with a cache in ``folder``, and its camera."""
    camera = CountingCamera(timeline)
    equipment = Equipment(
        camera=camera,
        record=record or (lambda: Recording(silence(timeline))),
        cache=Cache(folder, 10**8),
        processes=1,
        made_with=made_with(SETTINGS),
        digests=_digest,
    )
    return equipment, camera


def _digest(ref: Any) -> str:
    return str(ref.candidates)


def orders_at(*frames: int) -> tuple[PrintOrder, ...]:
    """Return orders for thumbnails of frames of the timeline."""
    return tuple(PrintOrder(frame, "thumbnail") for frame in frames)


def board() -> PictureRef:
    """Return a reference to a picture."""
    return PictureRef(("board.png",), "/steps/0/image")
