"""Poster, thumbnail and contact sheet are made of the prints that were ordered."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from preview_worker.render.gallery import Gallery, poster_frame, sheet_frames, thumbnail_frame
from preview_worker.render.model import Still
from preview_worker.render.prints import take_print
from tests.unit.render.jobs import timeline_of


def _size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def test_the_sheet_shows_eight_frames_from_5_to_95_percent() -> None:
    """Evenly spread; a preview of a few frames repeats some."""
    frames = sheet_frames(2550)

    assert (len(frames), frames[0], frames[-1]) == (8, 127, 2422)
    assert {b - a for a, b in pairwise(frames)} <= {327, 328}
    assert sheet_frames(1) == (0,) * 8


def test_the_thumbnail_shows_the_first_content() -> None:
    """The middle of the first step, or three seconds in."""
    assert thumbnail_frame(timeline_of(steps=[{"text": "x", "durationSec": 4}])) == 90 + 60
    assert thumbnail_frame(timeline_of()) == 90


@pytest.mark.parametrize(
    ("fields", "frame"),
    [
        ({}, 0),
        ({"motion": "fade-in"}, 30),
        ({"motion": "fade-in", "durationSec": 0.5}, 14),
        ({"visuals": [{"assetId": "a", "placement": {}, "motions": [{"type": "fade"}]}]}, 15),
        ({"visuals": [{"assetId": "a", "placement": {}, "motions": [{"type": "fade-out"}]}]}, 0),
    ],
)
def test_the_poster_shows_what_has_faded_in(fields: dict[str, Any], frame: int) -> None:
    """And is the very first frame where nothing does."""
    scene = {"durationSec": 4, "captions": ["Draw."], **fields}

    assert poster_frame(timeline_of(storyboard={"scenes": [scene]})) == frame


@pytest.mark.parametrize("size", ["640x360", "360x640"])
def test_the_pictures_have_their_sizes(tmp_path: Path, size: str) -> None:
    """Whatever the shape of the preview."""
    timeline = timeline_of(options={"resolution": size})
    gallery = Gallery(timeline)
    profile = timeline.profile
    red = b"\xd0\x20\x20\xff" * (profile.width_px * profile.height_px)
    still = Still(0, timeline.frames, red)
    for order in gallery.orders:
        gallery.take(order, take_print(profile, still, order.look))
    gallery.write(tmp_path)
    sizes = {path.name: _size(path) for path in tmp_path.iterdir()}

    assert sizes == {
        "poster.jpg": (1280, 720),
        "thumbnail.jpg": (640, 360),
        "contact-sheet.jpg": (1920, 540),
    }
    with Image.open(tmp_path / "contact-sheet.jpg") as sheet:
        cells = [sheet.getpixel((240 + 480 * c, 100 + 270 * r)) for r in range(2) for c in range(4)]
    assert all(isinstance(cell, tuple) and cell[0] > 190 for cell in cells)


def test_a_tutorial_is_reviewed_in_full_size(tmp_path: Path) -> None:
    """Frame by frame what the sheet shows, and the sheet itself once more."""
    options = {"resolution": "640x360", "artifactSet": "tutorial"}
    timeline = timeline_of(options=options)
    gallery = Gallery(timeline)
    red, blue = (Still(0, 1, colour * (640 * 360)) for colour in (b"\xd0  \xff", b"  \xd0\xff"))
    for order in gallery.orders:
        still = red if order.frame < timeline.frames // 2 else blue
        gallery.take(order, take_print(timeline.profile, still, order.look))
    files = [file.name for file in gallery.write(tmp_path)]
    sheet = (tmp_path / "contact-sheet.jpg").read_bytes()

    assert len([name for name in files if name.startswith("visual-qa/frames/frame-0")]) == 8
    assert all((tmp_path / name).is_file() for name in files)
    assert (tmp_path / "visual-qa" / "contact-sheet.jpg").read_bytes() == sheet
    for name, channel in (("frame-01.jpg", 0), ("frame-08.jpg", 2)):
        with Image.open(tmp_path / "visual-qa" / "frames" / name) as frame:
            assert frame.size == (640, 360)
            pixel = frame.getpixel((320, 180))
        assert isinstance(pixel, tuple)
        assert pixel[channel] > 190


def test_a_gallery_that_saw_nothing_says_so(tmp_path: Path) -> None:
    """Rather than writing empty pictures."""
    with pytest.raises(RuntimeError):
        Gallery(timeline_of()).write(tmp_path)
