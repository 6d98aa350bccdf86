"""A review tells before the render what the render tells after it."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preview_worker.contract import ErrorCode, Finding, PreviewError
from preview_worker.render import RenderSettings, render_preview, review, review_preview
from preview_worker.render.look import Look
from preview_worker.render.model import Scene
from preview_worker.render.paint import Painter
from preview_worker.render.paint.page import Spread
from preview_worker.render.palette import DARK, LIGHT
from tests.unit.render.jobs import draw_picture, job_of
from tests.unit.render.sounds import tone, write_wav

SMALL = {"resolution": "320x180"}
WORDS = st.text(alphabet=string.ascii_letters + " .:;!?«»éèç中🎲\n\u202e\u0301", max_size=60)
SECONDS = st.sampled_from([None, 0.2, 1, 2.5])
PICTURES = st.sampled_from([None, "wide.png", "icon.png"])
VOICES = st.sampled_from([None, "short.wav", "long.wav", "gone.wav"])
STEPS = st.lists(
    st.fixed_dictionaries(
        {"title": WORDS, "text": WORDS},
        optional={"durationSec": SECONDS, "image": PICTURES, "audioFile": VOICES},
    ),
    max_size=3,
)
COLOURS = st.sampled_from(["#000000", "#777777", "#f5d76e", "white", "nonsense"])
SCENES = st.lists(
    st.fixed_dictionaries(
        {
            "durationSec": st.sampled_from([0.5, 3]),
            "background": COLOURS,
            "overlays": st.lists(
                st.fixed_dictionaries(
                    {
                        "type": st.sampled_from(["title", "badge", "body", "other"]),
                        "position": st.sampled_from(["top", "center", "bottom"]),
                        "text": WORDS,
                        "fontColor": COLOURS,
                    }
                ),
                max_size=3,
            ),
        }
    ),
    min_size=1,
    max_size=2,
)
SHARES = st.sampled_from([-0.2, 0, 0.1, 0.5, 0.9, 1.4])
PLACES = st.fixed_dictionaries(dict.fromkeys(("x", "y", "width", "height"), SHARES))
BOARDS = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["intro", "setup_step", "end_card"]),
            "durationSec": st.sampled_from([1, 4]),
            "visuals": st.lists(
                st.fixed_dictionaries({"assetId": PICTURES, "placement": PLACES}), max_size=2
            ),
            "overlays": st.lists(
                st.fixed_dictionaries(
                    {"text": WORDS, "placement": PLACES},
                    optional={"startSec": SECONDS, "endSec": SECONDS},
                ),
                max_size=3,
            ),
        }
    ),
    min_size=1,
    max_size=2,
)
REQUESTS = st.one_of(
    st.fixed_dictionaries({"storyboard": st.fixed_dictionaries({"scenes": BOARDS})}),
    st.fixed_dictionaries({"title": WORDS, "description": WORDS, "steps": STEPS}),
    st.fixed_dictionaries({"renderConfig": st.fixed_dictionaries({"scenes": SCENES})}),
)
OPTIONS = st.fixed_dictionaries(
    {"language": st.sampled_from(["en", "fr"]), "theme": st.sampled_from(["dark", "light"])}
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an asset root with two pictures and two sounds."""
    folder = tmp_path_factory.mktemp("assets")
    draw_picture(folder / "wide.png", (400, 60))
    draw_picture(folder / "icon.png", (16, 16), "#00ff00")
    write_wav(folder / "short.wav", tone(0.3))
    write_wav(folder / "long.wav", tone(4))
    return folder


# A dry run encodes nothing, but plans, lays out and paints: forty of them take seconds.
@settings(max_examples=40)
@given(request=REQUESTS, options=OPTIONS)
def test_any_request_is_judged_as_its_dry_run_judges_it(
    request: dict[str, Any],
    options: dict[str, str],
    root: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Finding by finding, and point by point."""
    limits = RenderSettings(asset_roots=(root,))
    request = {**request, "options": {**SMALL, **options}}
    folder = tmp_path_factory.mktemp("dry")
    planned = render_preview(job_of(dry_run=True, **request), folder, limits, lambda *_: None)
    review = review_preview(job_of(**request), limits)

    assert sorted(review.findings, key=repr) == sorted(planned.findings, key=repr)
    assert review.quality == planned.quality
    assert review.scenes == planned.scenes


def test_a_render_finds_what_the_review_found(root: Path, tmp_path: Path) -> None:
    """And nothing else, where nothing is to be heard."""
    request: dict[str, Any] = {
        "options": SMALL,
        "steps": [{"text": "One two three four five. " * 9, "durationSec": 2, "image": "icon.png"}],
    }
    limits = RenderSettings(asset_roots=(root,))
    rendered = render_preview(job_of(**request), tmp_path, limits, lambda *_: None)
    review = review_preview(job_of(**request), limits)

    codes = {finding.code for finding in review.findings}
    assert {"reading.fast", "picture.small", "captions.cut"} <= codes
    assert sorted(review.findings, key=repr) == sorted(rendered.findings, key=repr)


def test_every_finding_can_be_acted_on(root: Path) -> None:
    """It says what to do, and where it speaks of a place, the place is on the picture."""
    request: dict[str, Any] = {
        "options": SMALL,
        "audio": {"bgm": "gone.mp3"},
        "steps": [
            {"text": "中 " * 300, "durationSec": 1, "image": "icon.png", "audioFile": "long.wav"},
            {"title": "Flash", "durationSec": 0.4},
        ],
    }
    findings = review_preview(job_of(**request), RenderSettings(asset_roots=(root,))).findings

    assert len(findings) > 6
    for finding in findings:
        assert finding.suggestion, finding.code
        if finding.box is not None:
            x, y, width, height = finding.box
            assert x + width <= 320
            assert y + height <= 180


def test_what_cannot_be_rendered_is_refused(root: Path) -> None:
    """As a render would refuse it."""
    with pytest.raises(PreviewError) as refused:
        review_preview(job_of(steps=[{"image": "gone.png"}]), RenderSettings(asset_roots=(root,)))

    assert refused.value.code is ErrorCode.ASSET_MISSING


@pytest.mark.parametrize(("theme", "look"), [("dark", DARK), ("light", LIGHT)])
def test_a_scene_is_judged_in_the_look_of_its_preview(
    theme: str, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise its colours would be those of another theme."""
    looks: list[Look] = []

    def remember(_scene: Scene, _spread: Spread, painter: Painter) -> list[Finding]:
        looks.append(painter.look)
        return []

    monkeypatch.setattr(review, "judge_scene", remember)
    review_preview(job_of(options={"theme": theme}), RenderSettings())

    assert looks == [look, look]
