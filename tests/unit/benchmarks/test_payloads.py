"""What the benchmarks render: of the length that is told, and never rendered before."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.payloads import (
    MOVING_S,
    ZOOM_S,
    Json,
    as_job,
    board_name,
    edited,
    motion_request,
    storyboard_request,
    text_request,
    voice_name,
)
from preview_worker.contract import read_job
from preview_worker.render import RenderSettings, plan_preview
from preview_worker.render.model import Timeline


def planned(request: Json, assets: Path | None = None) -> Timeline:
    """Return the timeline of a request, as a worker with the asset root ``assets`` reads it."""
    job = read_job(json.dumps(as_job(request, "job")).encode(), transport_id="job").job
    settings = RenderSettings(asset_roots=() if assets is None else (assets,))
    return plan_preview(job, settings, lambda _: None)


def texts(request: Json) -> list[str]:
    """Return what each scene shows."""
    return [str(scene.card) for scene in planned(request).scenes]


def test_the_text_tutorial_has_eleven_scenes_and_85_seconds() -> None:
    """So it can be compared with the figures of other renderers."""
    timeline = planned(text_request())
    assert (len(timeline.scenes), timeline.frames) == (11, 85 * 30)


def test_no_two_editions_share_a_scene() -> None:
    """A cache of scenes has nothing of the next edition."""
    assert not {*texts(text_request(edition=1))} & {*texts(text_request(edition=2))}


def test_no_scene_of_a_long_tutorial_comes_twice() -> None:
    """A cache of scenes is of no use within it."""
    shown = texts(text_request(scenes=60))
    assert len({*shown}) == len(shown) == 60


def test_an_edit_changes_one_scene() -> None:
    """All the others stay as they were."""
    before, after = texts(text_request()), texts(edited(text_request()))
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1


def test_an_edit_leaves_the_request_as_it_was() -> None:
    """The unchanged request is sent again after it."""
    request = text_request()
    edited(request)
    assert request == text_request()


def test_moving_scenes_zoom_as_long_as_they_may(tmp_path: Path) -> None:
    """Those of a render-config in every frame, those of a storyboard for half of their time."""
    for name in (board_name(0), board_name(1), voice_name(0), voice_name(1), "music.wav"):
        (tmp_path / name).touch()
    zooming = planned(motion_request(scenes=2), tmp_path)
    staged = planned(storyboard_request(scenes=2), tmp_path)
    assert [scene.frames for scene in zooming.scenes] == [MOVING_S * 30] * 2
    assert [scene.frames for scene in staged.scenes] == [2 * ZOOM_S * 30] * 2
    assert len(staged.sounds) == len(zooming.sounds) == 3
