"""Resolution, frame rate and format: what is asked for, clamped or refused."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from tests.unit.render.jobs import config_of, timeline_of

SCENE = {"id": "a", "durationSec": 1}


def test_the_default_is_720p_at_30() -> None:
    """MP4, too."""
    profile = timeline_of().profile

    assert (profile.width_px, profile.height_px) == (1280, 720)
    assert profile.fps == 30
    assert profile.container == "mp4"


@pytest.mark.parametrize(
    ("resolution", "size"),
    [
        ("640x360", (640, 360)),
        ("640X360", (640, 360)),
        (" 640 x 360 ", (640, 360)),
        ({"width": 640, "height": 360}, (640, 360)),
        ({"width": 640.0, "height": 360}, (640, 360)),
        ("3840x2160", (1920, 1080)),
        ("1921x1081", (1918, 1080)),
        ("1080x1920", (1080, 1920)),
        ("2160x3840", (1080, 1920)),
        ("641x361", (640, 360)),
    ],
)
def test_resolutions_are_read_and_clamped(resolution: Any, size: tuple[int, int]) -> None:
    """Both spellings; larger ones keep their shape; both sides come out even."""
    profile = timeline_of(options={"resolution": resolution}).profile

    assert (profile.width_px, profile.height_px) == size


def test_clamping_is_told() -> None:
    """A finding says what was asked for and what was done."""
    timeline = timeline_of(options={"resolution": "3840x2160", "fps": 60})

    assert [finding.code for finding in timeline.findings][:2] == [
        "resolution.clamped",
        "fps.clamped",
    ]
    assert timeline.profile.fps == 30


@pytest.mark.parametrize(
    "options",
    [
        {"resolution": "wide"},
        {"resolution": "0x0"},
        {"resolution": "1e6x1e6"},
        {"resolution": {"width": 640}},
        {"resolution": {"width": "640", "height": "360"}},
        {"resolution": {"width": True, "height": 360}},
        {"resolution": ["640", "360"]},
        {"resolution": "100000x90"},
        {"fps": 0},
        {"fps": -30},
        {"fps": "fast"},
        {"format": "gif"},
        {"format": 4},
    ],
)
def test_what_cannot_be_rendered_is_refused(options: dict[str, Any]) -> None:
    """The message names the option by its place in the payload."""
    with pytest.raises(PreviewError, match=r"/previewRequest/options|too narrow") as caught:
        timeline_of(options=options)

    assert caught.value.code is ErrorCode.OPTION


@pytest.mark.parametrize(
    ("asked", "fps"),
    [
        (25, Fraction(25)),
        ("24", Fraction(24)),
        (29.97, Fraction(30000, 1001)),
        (23.976, Fraction(24000, 1001)),
        (12.5, Fraction(25, 2)),
        (1e9, Fraction(30)),
    ],
)
def test_frame_rates_are_exact(asked: object, fps: Fraction) -> None:
    """The broadcast rates are meant when their usual roundings are given."""
    assert timeline_of(options={"fps": asked}).profile.fps == fps


def test_a_render_config_names_its_own_video() -> None:
    """And the options overrule its resolution."""
    config = config_of(SCENE)

    assert timeline_of(renderConfig=config).profile.width_px == 320
    assert (
        timeline_of(renderConfig=config, options={"resolution": "640x360"}).profile.width_px == 640
    )


@pytest.mark.parametrize("name", ["webm", "WebM", ".webm"])
def test_webm_is_understood(name: str) -> None:
    """In any case."""
    assert timeline_of(options={"format": name}).profile.container == "webm"
