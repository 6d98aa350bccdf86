"""The same payload gives the same bytes, wherever and by whomever the command is run."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "payloads"
SAMPLE = ROOT / "src" / "preview_worker" / "sample"
DATED = {
    "preview.json",
    "container.json",
    "preview-manifest.json",
    "manifest.json",
    "visual-qa/visual-qa-manifest.json",
    "render.log",
}
"""Files that tell when they were made, or how long that took."""
NO_FONTS = '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig/>'
NEUTRAL = {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "0"}
FOREIGN = {"TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "4711"}


def _payload(folder: Path, name: str, container: str) -> Path:
    """Write an example as a small tutorial set, with its pictures and sounds beside it."""
    payload = json.loads((FOLDER / f"{name}.json").read_bytes())
    options = payload["previewRequest"].setdefault("options", {})
    small = {"resolution": "320x180", "format": container, "artifactSet": "tutorial"}
    payload["previewRequest"]["options"] = options | small
    folder.mkdir(parents=True)
    for part in ("pictures", "sounds"):
        (folder / part).symlink_to(FOLDER / part)
    path = folder / "payload.json"
    path.write_text(json.dumps(payload), encoding="utf-8")
    return path


def _render(payload: Path, out: Path, around: dict[str, str], cwd: Path) -> dict[str, str]:
    """Render with the command and return the digest of every file by its path."""
    home = out.with_name(f"{out.name}-home")
    home.mkdir()
    fonts = home / "fonts.conf"
    fonts.write_text(NO_FONTS, encoding="utf-8")
    environment = {
        **around,
        "HOME": str(home),
        "DATA_DIR": str(home / "data"),
        "PREVIEW_ASSET_ROOTS": os.pathsep.join((str(SAMPLE), str(FOLDER))),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    if around is FOREIGN:
        environment |= {"FONTCONFIG_FILE": str(fonts), "XDG_CACHE_HOME": str(home)}
    command = [sys.executable, "-m", "preview_worker", "render", str(payload), "--out", str(out)]
    done = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    paths = sorted(path for path in out.rglob("*") if path.is_file())
    names = {path.relative_to(out).as_posix(): path for path in paths}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in names.items()
        if name not in DATED
    }


@pytest.mark.parametrize(
    ("name", "container"),
    [
        ("sample-tutorial", "mp4"),
        ("sample-tutorial", "webm"),
        ("many-scripts", "mp4"),
        ("narrated", "mp4"),
        ("motion", "mp4"),
    ],
)
def test_the_same_payload_gives_the_same_bytes_anywhere(
    tmp_path: Path, name: str, container: str
) -> None:
    """In another time zone, language, home and folder, without a system font to fall back on."""
    payload = _payload(tmp_path / "payloads", name, container)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    here = _render(payload, tmp_path / "here", NEUTRAL, ROOT)
    there = _render(payload, tmp_path / "there", FOREIGN, elsewhere)

    assert f"preview.{container}" in here
    assert "visual-qa/frames/frame-01.jpg" in here
    assert here == there


def test_dated_documents_differ_in_their_dates_alone(tmp_path: Path) -> None:
    """The tutorial's manifest and that of its review say nothing else about the moment."""
    payload = _payload(tmp_path / "payloads", "plan-only", "mp4")
    documents = []
    for name in ("one", "two"):
        _render(payload, tmp_path / name, NEUTRAL, ROOT)
        documents.append(json.loads((tmp_path / name / "manifest.json").read_bytes()))

    assert all(document.pop("generatedAt") for document in documents)
    assert documents[0] == documents[1]
