"""``still``: the picture that it writes, and the status with which it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from preview_worker.cli import main
from tests.fakes.payloads import a_payload, a_request, encoded

SMALL = {"resolution": "320x180"}


def _file(folder: Path) -> str:
    path = folder / "payload.json"
    steps = [{"id": "deal", "text": "Deal.", "durationSec": 4}]
    path.write_bytes(encoded(a_payload(previewRequest=a_request(options=SMALL, steps=steps))))
    return str(path)


@pytest.mark.parametrize(
    ("name", "form"), [("a.png", "PNG"), ("a.jpg", "JPEG"), ("a.webp", "WEBP")]
)
def test_a_picture_is_written_in_the_format_of_its_name(
    tmp_path: Path, name: str, form: str
) -> None:
    """At the size of the preview."""
    out = tmp_path / name
    assert main(["still", _file(tmp_path), "--at", "3.5", "--out", str(out)]) == 0
    with Image.open(out) as image:
        assert (image.format, image.size) == (form, (320, 180))


def test_json_tells_which_picture_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its frame, and the scene that it belongs to."""
    out = tmp_path / "a.png"
    assert main(["still", _file(tmp_path), "--at", "0:05", "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)

    assert (told["frame"], told["scene"], told["mediaType"]) == (150, "deal", "image/png")


def test_a_time_that_the_preview_does_not_have_is_invalid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message tells how long it is."""
    assert main(["still", _file(tmp_path), "--at", "1:00:00"]) == 2
    assert "The preview lasts 10 s" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--at", "soon"], ["--out", "still.gif"]])
def test_what_makes_no_sense_is_a_usage_error(tmp_path: Path, arguments: list[str]) -> None:
    """Before anything is painted."""
    assert main(["still", _file(tmp_path), *arguments]) == 2


def test_a_folder_that_is_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line."""
    out = str(tmp_path / "nowhere" / "a.png")
    assert main(["still", _file(tmp_path), "--out", out]) == 1
    assert "cannot be written" in capsys.readouterr().err
