"""Tools that judge tutorials of Mobius' own generator take our folders for theirs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from preview_worker.contract import RenderedPreview
from preview_worker.render import RenderSettings, plan_preview, render_preview
from tests.golden import orchard, scorer, upstream
from tests.unit.render.jobs import job_of

SHAPES = orchard.requests()
OPTIONS = {"artifactSet": "tutorial"}
LEAST_SCORE = 95
SECONDS = dict.fromkeys(SHAPES, (80.0, 90.0)) | {"game": (60.0, 120.0)}
"""What the validators allow; a tutorial written from a game lasts as long as its words need."""


@dataclass(frozen=True, slots=True)
class Tutorial:
    """A rendered tutorial set."""

    shape: str
    folder: Path
    preview: RenderedPreview


@pytest.fixture(scope="module", params=SHAPES)
def tutorial(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tutorial:
    """Render the game in one of its shapes, in full size, as the validators want it."""
    folder = tmp_path_factory.mktemp("tutorial")
    job = job_of(**SHAPES[request.param], options=OPTIONS)
    preview = render_preview(job, folder, RenderSettings(), lambda *_: None)
    return Tutorial(request.param, folder, preview)


def test_the_artifact_validator_is_content(tutorial: Tutorial) -> None:
    """Seven files, codecs, size, rate, duration, segments, scenes, cues and the manifest."""
    assert upstream.artifact_faults(tutorial.folder, orchard.SLUG, SECONDS[tutorial.shape]) == []


def test_the_visual_qa_validator_is_content(tutorial: Tutorial) -> None:
    """A sheet, eight frames, and a manifest that tells their times."""
    assert upstream.review_faults(tutorial.folder) == []


def test_the_storyboard_keeps_its_contract(tutorial: Tutorial) -> None:
    """Closed schema, links, indices, times of overlays, safe margins."""
    assert upstream.storyboard_faults(tutorial.folder) == []


def test_the_scorer_gives_nearly_all_its_points(tutorial: Tutorial) -> None:
    """At least 95 of 100, whatever shape the request had."""
    points = scorer.score(tutorial.folder)

    assert sum(points.values()) >= LEAST_SCORE, points


@pytest.mark.parametrize(
    ("file", "shape"), [("render-config.json", "renderConfig"), ("storyboard.json", "storyboard")]
)
def test_a_document_of_the_set_can_be_rendered_itself(
    tutorial: Tutorial, file: str, shape: str
) -> None:
    """And gives the same scenes on the same frames."""
    again = job_of(**{shape: json.loads((tutorial.folder / file).read_bytes())})
    timeline = plan_preview(again, RenderSettings())

    assert [(scene.start_frame, scene.frames) for scene in timeline.scenes] == [
        (scene.start_frame, scene.frames) for scene in tutorial.preview.scenes
    ]


def test_every_file_is_told(tutorial: Tutorial) -> None:
    """Those in folders by their paths."""
    found = {
        path.relative_to(tutorial.folder).as_posix()
        for path in tutorial.folder.rglob("*")
        if path.is_file()
    }

    assert {file.name for file in tutorial.preview.files} == found
