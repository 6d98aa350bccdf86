"""The tutorial set has more files than a preview; a preview has none of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from preview_worker.contract import RenderedPreview
from preview_worker.render import RenderSettings, render_preview
from tests.unit.render.jobs import job_of

DOCUMENTS = {"script.json", "storyboard.json", "render-config.json", "manifest.json"}


def _render(folder: Path, artifact_set: str, *, dry_run: bool) -> RenderedPreview:
    options = {"resolution": "320x180", "artifactSet": artifact_set}
    job = job_of(dry_run=dry_run, title="Moss", options=options, steps=[{"text": "Deal."}])
    return render_preview(job, folder, RenderSettings(), lambda *_: None)


def test_a_tutorial_has_documents_and_a_review(tmp_path: Path) -> None:
    """Each told by what it is."""
    preview = _render(tmp_path, "tutorial", dry_run=False)
    kinds = {file.name: file.kind for file in preview.files}

    assert set(kinds) >= DOCUMENTS | {"ffprobe.json", "visual-qa/visual-qa-manifest.json"}
    assert [n for n, kind in kinds.items() if kind == "visual-qa"] == [
        "visual-qa/contact-sheet.jpg",
        *(f"visual-qa/frames/frame-{n:02}.jpg" for n in range(1, 9)),
        "visual-qa/visual-qa-manifest.json",
    ]


def test_a_dry_run_leaves_the_documents_alone(tmp_path: Path) -> None:
    """There is no video to tell of."""
    preview = _render(tmp_path, "tutorial", dry_run=True)
    names = {file.name for file in preview.files}

    assert names >= DOCUMENTS
    assert "ffprobe.json" not in names
    assert not (tmp_path / "visual-qa").exists()


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_preview_has_none_of_them(tmp_path: Path, *, dry_run: bool) -> None:
    """It stays as small as it was."""
    preview = _render(tmp_path, "preview", dry_run=dry_run)

    assert not {file.name for file in preview.files} & (DOCUMENTS | {"ffprobe.json"})


def test_the_manifest_names_files_that_are_there(tmp_path: Path) -> None:
    """Paths are relative to the folder."""
    _render(tmp_path, "tutorial", dry_run=False)
    outputs = json.loads((tmp_path / "manifest.json").read_bytes())["outputs"]

    assert {"video", "script", "storyboard", "renderConfig", "captions", "ffprobe"} <= set(outputs)
    assert all((tmp_path / name).is_file() for name in outputs.values())
