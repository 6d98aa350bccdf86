"""``sweep``: what it removes, and what it only tells."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest

from preview_worker.artifacts import ArtifactSettings
from preview_worker.artifacts.local import LocalStore
from preview_worker.cli import main
from preview_worker.observability import read_log
from tests.unit.artifacts.drafts import draft, fill, ours


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Publish a preview, make it old, and leave what a dead worker would; return its folder."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    async def publish() -> None:
        store = LocalStore(ArtifactSettings(data_dir=tmp_path))
        staging = await store.stage("project-1", "job-1", 1)
        fill(staging.directory)
        await store.publish(staging, draft(), ours)
        await store.close()

    asyncio.run(publish())
    owner = tmp_path / ".staging" / "0badcafe-1-0123456789abcdef"
    (owner / "job.1.x").mkdir(parents=True)
    folder = tmp_path / "previews" / "project-1" / "job-1"
    for path in (owner / "job.1.x", owner, folder):
        os.utime(path, (0, 0))
    return folder


def swept(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, object]:
    """Sweep and return what was told."""
    assert main(["sweep", "--json", *options]) == 0
    told: dict[str, object] = json.loads(capsys.readouterr().out)
    return told


def test_without_retention_only_the_staging_area_is_swept(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Previews are kept for ever unless somebody says otherwise."""
    assert swept(capsys) == {"dryRun": False, "folders": 1, "previews": [], "bytes": 0}
    assert place.exists()


def test_a_dry_run_removes_nothing(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tells what would go."""
    monkeypatch.setenv("PREVIEW_RETENTION_MAX_AGE_S", "3600")
    told = swept(capsys, "--dry-run")

    assert isinstance(told["previews"], list)
    assert [(one["job"], one["reason"]) for one in told["previews"]] == [("job-1", "age")]
    assert place.exists()
    assert len(list(place.parents[2].glob(".staging/0badcafe*/job.1.x"))) == 1


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_storage_that_is_away_is_an_error(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
) -> None:
    """Nothing due would be good news; this is none."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PREVIEW_RETENTION_MAX_AGE_S", "3600")
    monkeypatch.setenv("PREVIEW_STORAGE_URL", "s3://previews")
    monkeypatch.setenv("PREVIEW_STORAGE_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("PREVIEW_STORAGE_ALLOW_HTTP", "true")
    monkeypatch.setenv("PREVIEW_STORAGE_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("PREVIEW_STORAGE_SECRET_ACCESS_KEY", "b")

    assert main(["sweep", *options]) == 69
    assert "it cannot be reached" in capsys.readouterr().err


def test_what_is_too_old_goes(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a line for each preview."""
    monkeypatch.setenv("PREVIEW_RETENTION_MAX_AGE_S", "3600")
    assert main(["sweep"]) == 0

    told = capsys.readouterr().out.splitlines()
    assert told[0] == "project-1/job-1 (age)"
    assert told[-1] == "1 folders swept from the staging area"
    assert not place.exists()
    recorded = [each for each in read_log(place.parents[2] / "audit") if "preview" in each.action]
    assert [(each.action, each.document["subject"]["job"]) for each in recorded] == [
        ("preview.retire", "job-1")
    ]
