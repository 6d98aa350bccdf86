"""A project's previews as one archive: the same bytes for the same previews, or an error."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest

from preview_worker.artifacts import Bundler, LocalViewer
from preview_worker.artifacts.bundle import BundleChangedError
from tests.unit.artifacts.drafts import CONTENT, draft, publish


@pytest.fixture
def bundler(tmp_path: Path) -> Bundler:
    """A bundler over a folder with two previews of project p."""
    for job_id in ("job-1", "job-2"):
        publish(tmp_path, draft(job_id, "p"))
    return Bundler(LocalViewer(tmp_path))


def test_an_archive_holds_every_file_and_a_list(bundler: Bundler) -> None:
    """Each preview under its folder's name, as its manifest lists it."""
    bundle = bundler.plan("p")

    archive = zipfile.ZipFile(io.BytesIO(b"".join(bundler.pieces(bundle))))

    assert archive.testzip() is None
    listed = json.loads(archive.read("project.json"))
    assert listed["projectId"] == "p"
    assert [one["folder"] for one in listed["previews"]] == ["job-1", "job-2"]
    for one in listed["previews"]:
        manifest = json.loads(archive.read(one["manifest"]))
        for file in manifest["files"]:
            assert archive.getinfo(f"{one['folder']}/{file['name']}").file_size == file["bytes"]
    assert archive.read("job-2/preview.mp4") == CONTENT["preview.mp4"]


def test_the_same_previews_are_the_same_bytes(bundler: Bundler, tmp_path: Path) -> None:
    """Whenever and wherever the archive is made, so that its token may name it."""
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(tmp_path / "previews", elsewhere / "previews")
    other = Bundler(LocalViewer(elsewhere))

    ours, theirs = bundler.plan("p"), other.plan("p")

    assert ours.token == theirs.token
    assert b"".join(bundler.pieces(ours)) == b"".join(other.pieces(theirs))


def test_an_archive_ends_in_an_error_when_a_preview_is_gone(
    bundler: Bundler, tmp_path: Path
) -> None:
    """Whoever reads must not take half of a project for the whole."""
    pieces = bundler.pieces(bundler.plan("p"))
    next(pieces)
    shutil.rmtree(tmp_path / "previews/p/job-2")

    with pytest.raises(BundleChangedError, match="job-2"):
        list(pieces)


def test_an_archive_ends_in_an_error_when_a_file_was_cut(bundler: Bundler, tmp_path: Path) -> None:
    """Its size is not that of the manifest any more."""
    bundle = bundler.plan("p")
    (tmp_path / "previews/p/job-1/preview.mp4").write_bytes(b"cut")

    with pytest.raises(BundleChangedError, match=r"preview\.mp4"):
        list(bundler.pieces(bundle))


def test_a_newer_preview_has_another_token(bundler: Bundler, tmp_path: Path) -> None:
    """And one of another project changes nothing."""
    before = bundler.plan("p").token
    publish(tmp_path, draft("job-3", "q"))
    same = bundler.plan("p").token
    publish(tmp_path, draft("job-3", "p"))

    assert before == same != bundler.plan("p").token
