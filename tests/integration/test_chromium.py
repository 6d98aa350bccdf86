"""What we write is played by a browser that people use: jumps show the right frame at once."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from preview_worker.render.encode import LivePlaylist, open_file
from preview_worker.render.model import StepCard, Timeline
from preview_worker.render.motion import Motion, Transition
from preview_worker.render.studio import Studio
from tests.chromium import CHROMIUM
from tests.integration.browser import Seen, watch
from tests.unit.render.studios import a_preview, an_equipment, board

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on the PATH"),
]

FRAMES = 40
ZOOM = Motion("zoom", 4, 30, scale=(1.0, 1.5))
NAMES = ["plain.mp4", "film.mp4", "plain.webm", "film.webm", "index.m3u8"]
PLACES = (0, 1, 39, 40, 44, 49, 50, 85, 100, 119, 60, 3)
"""Frames to jump to, forwards and at last backwards: cuts, a transition, a move, and holds."""


def _timeline(name: str) -> Timeline:
    """Return three scenes that slide into each other, of which the last moves."""
    container: Any = "webm" if name.endswith("webm") else "mp4"
    fps = Fraction(30000, 1001) if name.startswith("film") else Fraction(30)
    sliding = Transition("slide", 10)
    words = ("First.", "Second.", "Third.")
    whole = a_preview(*words, frames=FRAMES, transition=sliding, container=container)
    first, second, third = whole.scenes
    card = StepCard("3", "of 3", "Look", "It grows.", board(), (ZOOM,))
    scenes = (first, replace(second, section="scoring"), replace(third, card=card))
    return replace(whole, scenes=scenes, profile=replace(whole.profile, fps=fps))


def _make(path: Path, timeline: Timeline) -> None:
    equipment, _ = an_equipment(timeline, None)
    with Studio(timeline, equipment, ()) as studio:
        sound = studio.recording().sound
        segments = [delivery.take.segment for delivery in studio.takes()]
    if path.suffix == ".m3u8":
        live = LivePlaylist(path.parent, timeline.profile, sound, 10)
        for segment in segments:
            live.add(segment)
        live.finish()
        return
    with open_file(path, timeline.profile, sound) as file:
        for segment in segments:
            file.add(segment)


def _decoded(path: Path) -> list[Any]:
    with av.open(str(path)) as file:
        return [frame.to_ndarray(format="rgb24").astype(int) for frame in file.decode(video=0)]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Seen]:
    """Return a folder of videos and what Chromium made of them."""
    folder = tmp_path_factory.mktemp("videos")
    places_s = {}
    for name in NAMES:
        timeline = _timeline(name)
        _make(folder / name, timeline)
        # The middle of a frame, so that no rounding leads to its neighbour.
        places_s[name] = [float((n + Fraction(1, 2)) / timeline.profile.fps) for n in PLACES]
    return folder, watch(folder, places_s, tmp_path_factory.mktemp("chromium"))


@pytest.mark.parametrize("name", NAMES)
def test_a_browser_plays_it_to_its_end(played: tuple[Path, Seen], name: str) -> None:
    """Without an error, in its size and its length."""
    told = played[1].told[name]
    seconds = float(_timeline(name).profile.seconds(3 * FRAMES))

    assert "error" not in told
    assert (told["width"], told["height"]) == (320, 180)
    assert told["duration"] == pytest.approx(seconds, abs=0.05)
    assert told["stopped_at"] == pytest.approx(seconds, abs=0.05)


@pytest.mark.parametrize("name", NAMES)
def test_a_jump_shows_the_frame_that_is_there(played: tuple[Path, Seen], name: str) -> None:
    """In its colours: nearer to that frame, as FFmpeg decodes it, than a viewer could tell."""
    folder, seen = played
    decoded = _decoded(folder / name)
    for number, frame in enumerate(PLACES):
        rgba = np.frombuffer(seen.pictures[name, number], np.uint8).reshape(180, 320, 4)
        difference = np.abs(rgba[..., :3] - decoded[frame])

        # Each has its own way to enlarge the colour planes, so edges differ: 1.1 on average, by
        # more than 4 in a twentieth of the pixels. Neighbours of a move are 8 and more apart.
        assert difference.mean() < 1.5, frame
        assert np.percentile(difference, 95) <= 6, frame


@pytest.mark.parametrize("name", NAMES)
def test_jumps_can_be_told_apart(played: tuple[Path, Seen], name: str) -> None:
    """Neighbours within a move are different pictures, so that the test before means something."""
    decoded = _decoded(played[0] / name)

    assert np.abs(decoded[44] - decoded[45]).mean() > 1.5
    assert np.abs(decoded[39] - decoded[40]).mean() > 0.5
    assert np.abs(decoded[0] - decoded[100]).mean() > 1.5
