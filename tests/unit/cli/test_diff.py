"""``diff`` tells people and programs what differs, and ends as ``diff`` does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from PIL import Image

from preview_worker.cli.entry import main
from tests.fakes.payloads import a_payload, a_request

STEPS = [
    {"id": "deal", "title": "Deal", "text": "Deal three cards to everybody.", "durationSec": 2},
    {"id": "play", "title": "Play", "text": "Play one of them.", "durationSec": 2},
]
OPTIONS = {"resolution": "320x180", "artifactSet": "tutorial"}


def _payload(path: Path, *steps: dict[str, Any], **options: Any) -> str:
    request = a_request(steps=[*steps], options={**OPTIONS, **options})
    path.write_text(json.dumps(a_payload(previewRequest=request)))
    return str(path)


def _run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["diff", *arguments])
    told = capsys.readouterr()
    return status, click.unstyle(told.out), click.unstyle(told.err)


def test_a_published_preview_is_its_payload(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 0, whatever encoding took away."""
    payload = _payload(tmp_path / "a.json", *STEPS)
    assert main(["render", payload, "--out", str(tmp_path / "out"), "--json"]) == 0
    capsys.readouterr()

    status, told, _ = _run(capsys, payload, str(tmp_path / "out"))
    assert (status, told) == (0, "No differences in 4 scenes.\n")


def test_differences_are_told_scene_by_scene(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Words, lengths, boxes, and what was added, removed or moved; status 1."""
    before = _payload(tmp_path / "a.json", *STEPS)
    changed = {**STEPS[0], "text": "Deal four cards to everybody.", "durationSec": 3}
    added = {"id": "wait", "title": "Wait", "text": "Wait a while.", "durationSec": 2}
    after = _payload(tmp_path / "b.json", changed, added)
    status, told, _ = _run(capsys, before, after)

    assert status == 1
    assert "lasts  10 s → 11 s" in told
    assert "~ deal  Deal  (changed)" in told
    assert "    lasts    2 s → 3 s" in told
    assert "    said     Deal [-three-] {+four+} cards to everybody." in told
    assert "+ wait  Wait  (added)" in told
    assert "- play  Play  (removed)" in told
    assert "picture  similarity" in told
    assert "scenes: 1 changed, 1 added, 1 removed, 2 as before" in told


def test_a_moved_scene_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It differs in its number at least."""
    before = _payload(tmp_path / "a.json", *STEPS)
    status, told, _ = _run(capsys, before, _payload(tmp_path / "b.json", *STEPS[::-1]))

    assert status == 1
    assert "(changed, moved)" in told


def test_programs_get_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json."""
    before = _payload(tmp_path / "a.json", *STEPS)
    after = _payload(tmp_path / "b.json", *STEPS, resolution="180x320")
    status, told, _ = _run(capsys, before, after, "--json")

    assert status == 1
    assert json.loads(told)["shape"] == ["320x180 30", "180x320 30"]


def test_scenes_that_differ_are_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Into the file that --out names."""
    before = _payload(tmp_path / "a.json", *STEPS)
    after = _payload(tmp_path / "b.json", STEPS[0])
    page = tmp_path / "page.png"
    _, told, _ = _run(capsys, before, after, "--out", str(page))

    assert f"side by side: {page}" in told
    with Image.open(page) as image:
        assert image.width == 1600


@pytest.mark.parametrize(
    ("content", "status", "reason"),
    [
        (b"{}", 2, "jobId (string) required"),
        (b"{", 3, "not JSON"),
        (None, 3, "cannot be read"),
    ],
)
def test_what_is_no_payload_is_told(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes | None,
    status: int,
    reason: str,
) -> None:
    """Status 2 for an invalid one, 3 for what cannot be read."""
    before, after = _payload(tmp_path / "a.json", *STEPS), tmp_path / "b.json"
    if content is not None:
        after.write_bytes(content)
    found, _, complaint = _run(capsys, before, str(after))

    assert found == status
    assert reason in complaint


def test_a_folder_without_a_video_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty one, and that of a dry run; status 3."""
    payload = _payload(tmp_path / "a.json", *STEPS)
    dry = tmp_path / "dry.json"
    dry.write_text(json.dumps({**json.loads(Path(payload).read_bytes()), "dryRun": True}))
    assert main(["render", str(dry), "--out", str(tmp_path / "dry"), "--json"]) == 0
    (tmp_path / "empty").mkdir()
    capsys.readouterr()

    for folder, reason in (("empty", "holds no preview-manifest.json"), ("dry", "is a dry run")):
        status, _, complaint = _run(capsys, payload, str(tmp_path / folder))
        assert status == 3
        assert reason in complaint
