"""Previews are found by ids and by the folders that stand for them, and only where they belong."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath

import pytest

from preview_worker.artifacts import LocalViewer, preview_folder
from tests.unit.artifacts.drafts import draft, publish

STRANGE = ("../a b", "Job: 1/2")


def test_a_preview_says_where_it_stands(tmp_path: Path) -> None:
    """Relative to the data directory, whatever its ids are."""
    publish(tmp_path, draft(STRANGE[1], STRANGE[0]))

    with LocalViewer(tmp_path).opened(STRANGE[1]) as preview:
        assert preview is not None
        assert preview.place == preview_folder(*STRANGE)
        assert (tmp_path / preview.place / "preview.json").is_file()


def test_ids_may_be_spelled_as_their_folders_are(tmp_path: Path) -> None:
    """A static tree has no other names; but a job alone is asked for by its id."""
    publish(tmp_path, draft(STRANGE[1], STRANGE[0]))
    _, project, job = preview_folder(*STRANGE).parts

    with LocalViewer(tmp_path).opened(job, project) as preview:
        assert preview is not None
        assert preview.record.job_id == STRANGE[1]
    with LocalViewer(tmp_path).opened(job) as preview:
        assert preview is None


@pytest.mark.parametrize("place", ["previews/p/job-2", "previews/q/job-1", "previews/p~/job-1"])
def test_a_preview_in_a_strange_place_is_not_shown(tmp_path: Path, place: str) -> None:
    """A copy under another project must not be seen by those who may see that project."""
    publish(tmp_path, draft("job-1", "p"))
    shutil.copytree(tmp_path / "previews/p/job-1", tmp_path / place)

    with LocalViewer(tmp_path).opened_at(PurePosixPath(place)) as preview:
        assert preview is None
    with LocalViewer(tmp_path).opened_at(PurePosixPath("previews/p/job-1")) as preview:
        assert preview is not None


@pytest.mark.parametrize("project", ["..", ".", "", "p/../p", "q", "previews"])
def test_a_project_holds_its_own_previews_alone(tmp_path: Path, project: str) -> None:
    """No spelling leads to the folders of another."""
    publish(tmp_path, draft("job-2", "p"))
    publish(tmp_path, draft("job-1", "p"))
    viewer = LocalViewer(tmp_path)

    assert [place.name for place in viewer.of_project("p")] == ["job-1", "job-2"]
    assert viewer.of_project(project) == []
