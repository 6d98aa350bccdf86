"""A camera films a shot from its scene alone, and takes the prints that were ordered."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import av
import numpy as np
import pytest
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from PIL import Image

from preview_worker.contract import PreviewError
from preview_worker.render import camera as camera_module
from preview_worker.render.camera import Camera, print_name
from preview_worker.render.encode import Run, Segment
from preview_worker.render.encode.bits import START_CODE, unframed
from preview_worker.render.model import StepCard, Still, Timeline
from preview_worker.render.motion import Motion, Transition
from preview_worker.render.prints import PrintOrder
from preview_worker.render.shots import Shot, plan_shots
from tests.unit.render.studios import SETTINGS, a_painter, a_preview, board, orders_at

FADE = Transition("crossfade", 5)


def _camera(timeline: Timeline) -> Camera:
    return Camera(timeline, a_painter(timeline), SETTINGS)


def _first_picture(segment: Segment) -> Any:
    """Return what the segment's first picture decodes to, as red, green and blue."""
    context = CodecContext.create("h264", "r")
    assert isinstance(context, VideoCodecContext)
    context.extradata = segment.headers
    units = unframed(segment.runs[0].content)
    packet = av.Packet(b"".join(START_CODE + unit for unit in units))
    (picture, *_) = [*context.decode(packet), *context.decode(None)]
    return picture.to_ndarray(format="rgb24")


def _print(content: bytes) -> Any:
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("RGB"), np.int16)


@pytest.mark.parametrize("transition", [Transition(), FADE, Transition("slide", 1)])
def test_takes_last_as_long_as_their_shots(transition: Transition) -> None:
    """Transitions and the rest of their scenes, to the frame."""
    timeline = a_preview("One.", "Two.", "Three.", transition=transition)
    camera = _camera(timeline)

    for shot in plan_shots(timeline):
        assert camera.film(shot, ())[0].segment.frames == shot.frames


def test_a_take_does_not_know_where_it_stands() -> None:
    """The same scene gives the same bytes in another place, under another name."""
    timeline = a_preview("One.", "Two.", "One.")
    first, _, third = plan_shots(timeline)
    camera = _camera(timeline)

    assert camera.film(first, ())[0].pack() == camera.film(third, ())[0].pack()


def test_a_take_does_not_depend_on_what_was_filmed_before() -> None:
    """A crew films in any order."""
    timeline = a_preview("One.", "Two.", "Three.", transition=FADE)
    shots = plan_shots(timeline)
    forwards, backwards = _camera(timeline), _camera(timeline)
    one = [forwards.film(shot, ())[0] for shot in shots]
    other = [backwards.film(shot, ())[0] for shot in reversed(shots)]

    assert one == other[::-1]


@pytest.mark.parametrize("frames", [12, 40])
def test_a_transition_that_is_too_long_is_filmed_as_far_as_it_goes(frames: int) -> None:
    """The scene keeps its last frame for itself."""
    timeline = a_preview("One.", "Two.", transition=Transition("crossfade", frames))
    camera = _camera(timeline)
    lengths = [camera.film(shot, ())[0].segment.frames for shot in plan_shots(timeline)]

    assert lengths == [12, 11, 1]


def test_a_transition_of_the_first_scene_is_left_out() -> None:
    """Nothing is there to come from."""
    timeline = a_preview("One.", "Two.")
    scene = replace(timeline.scenes[0], transition=FADE)
    timeline = replace(timeline, scenes=(scene, timeline.scenes[1]))
    shot = plan_shots(timeline)[0]

    assert _camera(timeline).film(shot, ())[0].segment.frames == 12


def test_a_transition_begins_near_the_scene_before() -> None:
    """Its first frame is still mostly that scene; the rest of the scene is its own."""
    timeline = a_preview("One.", "Two.", transition=Transition("crossfade", 9))
    timeline = replace(
        timeline, scenes=(timeline.scenes[0], replace(timeline.scenes[1], section="scoring"))
    )
    camera = _camera(timeline)
    before, passing, after = (
        _first_picture(camera.film(shot, ())[0].segment).astype(int).mean(axis=(0, 1))
        for shot in plan_shots(timeline)
    )
    whole, part = np.abs(after - before).sum(), np.abs(passing - before).sum()

    assert whole > 5
    assert 0 < part < whole / 3


def test_findings_name_no_scene() -> None:
    """They are kept with the take, which may serve another scene of the same looks."""
    timeline = a_preview("Two\U0001f3ee of them.")
    take, _ = _camera(timeline).film(plan_shots(timeline)[0], ())

    assert take.findings
    assert all(finding.scene is None for finding in take.findings)


def test_a_transition_has_no_findings_of_its_own() -> None:
    """Its scenes have been judged."""
    timeline = a_preview("Two\U0001f3ee.", "Two\U0001f3ee.", transition=FADE)
    take, _ = _camera(timeline).film(plan_shots(timeline)[1], ())

    assert take.findings == ()


def test_prints_show_the_frames_that_were_ordered() -> None:
    """Of a shot that changes with every frame, and only those."""
    timeline = a_preview("One.", "Two.", transition=Transition("slide", 10))
    shot = plan_shots(timeline)[1]
    orders = orders_at(12, 20)
    take, _ = _camera(timeline).film(shot, orders)
    names = [print_name(take.segment, shot, order) for order in orders]
    painter, stills = a_painter(timeline), {}
    pair = [(scene, painter.plan(scene)) for scene in timeline.scenes]
    for still in painter.paint_transition(pair[0], pair[1]):
        stills[still.start_frame] = still

    assert set(take.prints) == set(names)
    for order, name in zip(orders, names, strict=True):
        pixels = np.frombuffer(stills[order.frame].rgba, np.uint8).reshape(180, 320, 4)
        painted = np.asarray(Image.fromarray(pixels[..., :3]).resize((640, 360)), np.int16)
        # JPEG and another filter for enlarging make edges differ; the other frame would be far off.
        assert np.abs(_print(take.prints[name]) - painted).mean() < 3


def test_prints_can_be_developed_later() -> None:
    """They are those that would have been taken at once."""
    timeline = a_preview("One.", "Two.", transition=Transition("slide", 10))
    camera, orders = _camera(timeline), orders_at(13, 21)
    for shot in plan_shots(timeline)[1:]:
        mine = [order for order in orders if shot.start_frame <= order.frame < shot.end_frame]
        at_once, _ = camera.film(shot, mine)
        later, _ = camera.film(shot, ())

        assert camera.develop(shot, later, mine) == at_once


def test_developing_leaves_the_prints_that_are_there() -> None:
    """Nothing is painted for them."""
    timeline = a_preview("One.")
    camera, (shot,) = _camera(timeline), plan_shots(timeline)
    take, _ = camera.film(shot, orders_at(3))
    kept = replace(take, prints=dict.fromkeys(take.prints, b"kept"))

    assert camera.develop(shot, kept, orders_at(3)) == kept


SEGMENT = Segment(
    b"",
    (
        Run(b"a", key=True),
        Run(b"b", key=False, held=9),
        Run(b"c", key=True, held=4),
        Run(b"c", key=True, held=4),
        Run(b"d", key=False),
        Run(b"d", key=False),
    ),
)


@pytest.mark.parametrize(
    ("frame", "named"),
    [(0, 0), (1, 1), (10, 1), (11, 11), (15, 11), (16, 11), (20, 11), (21, 21), (22, 22)],
)
def test_a_held_picture_has_one_print(frame: int, named: int) -> None:
    """Called by its first frame, also where its key frame comes again; what moves has its own."""
    shot = Shot(3, "scene", 100, 23)

    assert print_name(SEGMENT, shot, PrintOrder(100 + frame, "poster")) == f"poster@{named}"


def test_an_encoder_that_loses_a_frame_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before its segment is kept."""
    timeline = a_preview("One.")
    camera = _camera(timeline)
    _shortened(monkeypatch)

    with pytest.raises(PreviewError, match="12 frames"):
        camera.film(plan_shots(timeline)[0], ())


def _shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the painter's last frame be lost on its way."""
    stills: Callable[..., Iterator[Still]] = Camera._stills  # noqa: SLF001 -- the way is inside

    def lost(self: Camera, shot: Shot) -> Iterator[Still]:
        return (replace(still, frames=still.frames - 1) for still in stills(self, shot))

    monkeypatch.setattr(camera_module.Camera, "_stills", lost)


def test_what_moves_is_filmed_frame_by_frame() -> None:
    """And then held."""
    timeline = a_preview("One.")
    scene = timeline.scenes[0]
    motion = Motion("zoom", 2, 8, scale=(1.0, 1.3))
    card = StepCard("1", "of 1", "Deal", "One.", board(), (motion,))
    moving = replace(scene, card=card)
    timeline = replace(timeline, scenes=(moving,))
    take, _ = _camera(timeline).film(plan_shots(timeline)[0], ())

    assert take.segment.frames == 12
    assert 6 <= len(take.segment.runs) <= 9
    assert take.segment.runs[-1].held >= 3
