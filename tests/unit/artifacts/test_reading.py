"""A published preview tells whoever finds its folder what it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from preview_worker.artifacts.reading import UnreadablePreviewError, read_preview
from preview_worker.contract import SceneFacts
from tests.unit.artifacts.drafts import draft, fill, rendered, seal

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a published preview."""
    fill(tmp_path)
    seal(tmp_path, draft(), NOON)
    return tmp_path


def test_the_manifest_tells_shape_scenes_and_files(folder: Path) -> None:
    """As they were published."""
    found = read_preview(folder)

    assert (found.title, found.dry_run, found.silent) == ("Gem Collectors", False, True)
    assert (found.width_px, found.height_px, found.fps) == (1280, 720, "30/1")
    assert found.scenes == rendered().scenes
    assert found.scenes[0] == SceneFacts("intro", "title", "Gem Collectors", 0, 150)
    assert found.files["video"] == ["preview.mp4"]


def test_a_document_is_read_by_its_kind(folder: Path) -> None:
    """None stands for one that is not there, or that is damaged."""
    found = read_preview(folder)

    document = found.document("document")
    assert isinstance(document, dict)
    assert document["jobId"] == "job-1"
    (folder / "preview.json").write_bytes(b"{")
    assert found.document("document") is None
    assert found.document("storyboard") is None


def test_a_folder_without_a_preview_says_so(tmp_path: Path) -> None:
    """With the file that was looked for."""
    with pytest.raises(UnreadablePreviewError, match=r"holds no preview-manifest\.json"):
        read_preview(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"timeline": 1},
        {"timeline": {}},
        {"files": [{"name": "../x"}]},
        {"media": {}},
        {"schemaVersion": 99},
    ],
)
def test_a_damaged_manifest_is_not_believed(folder: Path, change: dict[str, object]) -> None:
    """Whatever is wrong with it."""
    path = folder / "preview-manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **change}))

    with pytest.raises(UnreadablePreviewError, match="damaged"):
        read_preview(folder)


@pytest.mark.parametrize("frames", [0, -1, "2", None])
def test_a_scene_off_the_frames_is_damage(folder: Path, frames: object) -> None:
    """Nobody could look at it."""
    path = folder / "preview-manifest.json"
    document = json.loads(path.read_bytes())
    document["timeline"]["scenes"][0]["frames"] = frames
    path.write_text(json.dumps(document))

    with pytest.raises(UnreadablePreviewError, match="damaged"):
        read_preview(folder)
