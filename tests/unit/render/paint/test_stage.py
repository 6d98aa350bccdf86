"""Frames of a scene: the same bytes in any order, and held ones as they always were."""

from __future__ import annotations

from collections.abc import Iterator

from preview_worker.render.model import Scene, Still
from preview_worker.render.motion import Motion, Transition
from preview_worker.render.paint.stage import KEPT
from preview_worker.render.pointer import Appearance, Callout
from tests.unit.render.paint.moving import ZOOM, painter_of, scene_of, step

BUSY = scene_of(
    step(
        ZOOM,
        Motion("soft_slide_in", 0, 8, "easeOutQuad", opacity=(0.0, 1.0), shift_y=(0.1, 0.0)),
        Motion("pulse", 10, 22, scale=(1.0, 1.05)),
        pointers=(Callout("2", (0.3, 0.4), on=Appearance(start_frame=3, rise_frames=4)),),
    ),
    motions=(Motion("fade", 0, 5, opacity=(0.0, 1.0)),),
    start_frame=100,
)


def stills(scene: Scene) -> Iterator[Still]:
    """Return the stills of a scene from a painter of their own."""
    painter = painter_of()
    return painter.paint_scene(scene, painter.plan(scene))


def test_a_frame_alone_is_the_frame_within_its_scene() -> None:
    """Byte for byte, painted backwards by another painter."""
    painter = painter_of()
    spread = painter.plan(BUSY)
    whole = list(stills(BUSY))
    alone = [
        painter.paint_frame(BUSY, spread, still.start_frame - BUSY.start_frame)
        for still in reversed(whole)
    ]

    assert [still.rgba for still in whole] == alone[::-1]


def test_the_stills_cover_the_scene() -> None:
    """On absolute frames, without a gap."""
    whole = list(stills(BUSY))

    assert whole[0].start_frame == 100
    assert [a.end_frame for a in whole] == [b.start_frame for b in whole[1:]] + [124]
    assert [still.moving for still in whole] == [False] + [True] * (len(whole) - 1)


def test_a_page_without_motion_is_painted_as_ever() -> None:
    """One still, whose bytes are the page's."""
    painter, scene = painter_of(), scene_of(step())
    spread = painter.plan(scene)
    (still,) = painter.paint_scene(scene, spread)

    assert (still.frames, still.moving) == (24, False)
    assert still.rgba == painter.paint_page(spread.pages[0])


def test_what_is_kept_ready_changes_nothing() -> None:
    """More scenes by turns than are kept."""
    painter = painter_of()
    scenes = [scene_of(step(Motion("zoom", 0, 9 + n, scale=(1, 1.2)))) for n in range(KEPT + 2)]
    spreads = [painter.plan(scene) for scene in scenes]

    def pass_by() -> list[bytes]:
        return [painter.paint_frame(*pair, 5) for pair in zip(scenes, spreads, strict=True)]

    assert pass_by() == pass_by()


def test_the_scene_before_is_held_and_the_one_after_moves() -> None:
    """A transition ends where the scene's own stills begin."""
    painter = painter_of()
    before = scene_of(step(ZOOM))
    after = scene_of(step(ZOOM), start_frame=24, transition=Transition("crossfade", 6))
    pair = [(scene, painter.plan(scene)) for scene in (before, after)]
    passing = list(painter.paint_transition(pair[0], pair[1]))

    assert [still.start_frame for still in passing] == list(range(24, 30))
    assert [still.moving for still in passing] == [False] + [True] * 5
    assert next(painter.paint_scene(*pair[1])).start_frame == 30


def test_a_cut_has_no_pictures_between() -> None:
    """It is over before it begins."""
    painter, scene = painter_of(), scene_of(step())
    pair = (scene, painter.plan(scene))

    assert list(painter.paint_transition(pair, pair)) == []
