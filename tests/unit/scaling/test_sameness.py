"""Whether previews are the same is told by all that lasts of them."""

from __future__ import annotations

import json
from pathlib import Path

from scaling.sameness import differences, digests


def publish(folder: Path, video: bytes, created_at: str) -> Path:
    """Write a little preview."""
    preview = folder / "previews" / "project" / "job"
    preview.mkdir(parents=True)
    (preview / "preview.mp4").write_bytes(video)
    (preview / "preview.json").write_text(json.dumps({"title": "T", "createdAt": created_at}))
    (preview / "render.log").write_text(created_at)
    return folder


def test_when_a_preview_was_made_makes_no_difference(tmp_path: Path) -> None:
    """The date and the log are another matter than the preview."""
    one = digests(publish(tmp_path / "one", b"video", "2026-01-01"))
    other = digests(publish(tmp_path / "other", b"video", "2026-01-02"))
    assert len(one) == 2
    assert differences(one, other) == []


def test_one_other_byte_is_found(tmp_path: Path) -> None:
    """It is told by the file's name."""
    one = digests(publish(tmp_path / "one", b"video", "2026-01-01"))
    other = digests(publish(tmp_path / "other", b"vide0", "2026-01-01"))
    assert differences(one, other) == ["project/job/preview.mp4"]


def test_a_preview_that_is_missing_is_found(tmp_path: Path) -> None:
    """Nothing is not the same as something."""
    one = digests(publish(tmp_path / "one", b"video", "2026-01-01"))
    assert differences(one, {}) == sorted(one)
