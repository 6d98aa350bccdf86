"""A manifest is believed only when all of it makes sense."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest

from preview_worker.artifacts.manifest import StoredFile, encode_document, manifest_document
from preview_worker.artifacts.record import DamagedManifestError, read_manifest
from tests.unit.artifacts.drafts import draft

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
VIDEO = StoredFile("preview.mp4", "video", "video/mp4", 14, "ab" * 32)


def manifest(**changes: object) -> bytes:
    """Return a manifest with some of its keys changed."""
    return encode_document({**manifest_document(draft(), [VIDEO], NOON), **changes})


def test_a_manifest_reads_back_as_it_was_written() -> None:
    """What find needs is what publish wrote."""
    record = read_manifest(manifest())

    assert (record.job_id, record.project_id, record.attempt) == ("job-1", "project-1", 2)
    assert record.files == (VIDEO,)


def test_the_result_has_the_shape_that_clients_read() -> None:
    """Paths of documents are absolute, paths of artifacts relative to the data directory."""
    folder = PurePosixPath("previews/project-1/job-1")
    preview = read_manifest(manifest()).published(PurePosixPath("/data"), folder)

    assert preview.result == {
        "status": "success",
        "dryRun": False,
        "jobId": "job-1",
        "artifactPath": "/data/previews/project-1/job-1/preview.json",
        "containerPath": "/data/previews/project-1/job-1/container.json",
        "manifestPath": "/data/previews/project-1/job-1/preview-manifest.json",
        "artifacts": [
            {
                "name": "preview.mp4",
                "kind": "video",
                "path": "previews/project-1/job-1/preview.mp4",
                "mediaType": "video/mp4",
                "bytes": 14,
                "sha256": "ab" * 32,
            }
        ],
    }


def test_the_language_of_captions_is_kept() -> None:
    """A client can label the tracks of a preview without opening its manifest."""
    french = StoredFile("captions.fr.vtt", "captions", "text/vtt", 9, "ab" * 32, "fr")
    raw = encode_document(manifest_document(draft(), [french], NOON))
    preview = read_manifest(raw).published(PurePosixPath("/data"), PurePosixPath("previews"))
    listed = preview.result["artifacts"]

    assert read_manifest(raw).files == (french,)
    assert isinstance(listed, list)
    assert listed[0]["language"] == "fr"


def test_a_file_may_lie_in_a_folder_of_the_preview() -> None:
    """Its name is then its path, with forward slashes on every system."""
    name = "visual-qa/frames/frame-01.jpg"
    files = [{"name": name, "kind": "visual-qa", "mediaType": "x", "bytes": 1, "sha256": "x"}]

    assert [file.name for file in read_manifest(manifest(files=files)).files] == [name]


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/etc/passwd",
        "a/../b",
        "a//b",
        "a/",
        "./a",
        "a\\b",
        "..",
        "",
        "C:x",
        "a\0",
        "a/b/c/d/e",
    ],
)
def test_a_file_name_that_leads_elsewhere_is_damage(name: str) -> None:
    """A forged manifest cannot make anybody look outside the folder."""
    files = [{"name": name, "kind": "video", "mediaType": "x", "bytes": 1, "sha256": "x"}]

    with pytest.raises(DamagedManifestError):
        read_manifest(manifest(files=files))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        manifest(schemaVersion=2),
        manifest(files={}),
        manifest(files=[1]),
        manifest(jobId=1),
        manifest(attempt=-1),
        manifest(attempt=True),
        json.dumps({"schemaVersion": 1}).encode(),
    ],
)
def test_anything_else_is_damage(raw: bytes) -> None:
    """No damaged manifest raises anything but damage."""
    with pytest.raises(DamagedManifestError):
        read_manifest(raw)
