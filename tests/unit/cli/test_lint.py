"""``lint``: what it prints, and the status with which it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from preview_worker.cli import main
from tests.fakes.payloads import a_payload, a_request, encoded

SMALL = {"resolution": "320x180"}


def a_file(folder: Path, **request: object) -> str:
    """Write a payload with this request and return its name."""
    path = folder / "payload.json"
    path.write_bytes(encoded(a_payload(previewRequest=a_request(options=SMALL, **request))))
    return str(path)


def test_a_good_preview_ends_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The last line says so."""
    assert main(["lint", a_file(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("0 errors, 0 warnings, 0 notes")


def test_errors_end_with_6(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A scene of a fifth of a second is one."""
    steps = [{"id": "flash", "title": "Gone", "durationSec": 0.2}]
    assert main(["lint", a_file(tmp_path, steps=steps)]) == 6
    assert "scene.short" in capsys.readouterr().out


def test_warnings_end_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody has to mend them."""
    assert main(["lint", a_file(tmp_path, steps=[])]) == 0
    assert "steps.none" in capsys.readouterr().out


def test_json_is_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the counts and the score."""
    steps = [{"id": "flash", "title": "Gone", "durationSec": 0.2}]
    assert main(["lint", "--json", a_file(tmp_path, steps=steps)]) == 6
    document = json.loads(capsys.readouterr().out)

    assert document["errors"] == len([f for f in document["findings"] if f["severity"] == "error"])
    assert document["findings"][0]["scene"] == "flash"
    assert document["elite"]["max"] == 1000


def test_pictures_may_lie_beside_the_file(tmp_path: Path) -> None:
    """One that is not there makes the payload invalid."""
    assert main(["lint", a_file(tmp_path, steps=[{"image": "gone.png"}])]) == 2


@pytest.mark.parametrize(("content", "status"), [(b"{}", 2), (b"{", 3)])
def test_what_is_no_payload_is_refused(
    tmp_path: Path, content: bytes, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the words of ``validate``."""
    path = tmp_path / "payload.json"
    path.write_bytes(content)

    assert main(["lint", str(path)]) == status
    linted = capsys.readouterr().out
    assert main(["validate", str(path)]) == status
    assert linted == capsys.readouterr().out


def test_a_file_that_cannot_be_read_ends_with_3(tmp_path: Path) -> None:
    """It is not there."""
    assert main(["lint", str(tmp_path / "nowhere.json")]) == 3
