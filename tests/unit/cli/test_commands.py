"""Commands that need no Redis: what they print, and the status with which they end."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import av
import jsonschema
import pytest

from preview_worker.cli import main
from tests.fakes.payloads import a_payload, a_request, encoded

COMMANDS = (
    "backup",
    "cancel",
    "dead",
    "demo",
    "diff",
    "doctor",
    "enqueue",
    "lint",
    "queue",
    "render",
    "restore",
    "schema",
    "settings",
    "status",
    "sweep",
    "up",
    "validate",
    "verify",
    "watch",
    "work",
)


def a_file(folder: Path, content: bytes) -> str:
    """Write a payload file and return its name."""
    path = folder / "payload.json"
    path.write_bytes(content)
    return str(path)


def small(**changes: object) -> bytes:
    """Return a payload that renders at once."""
    request = a_request(steps=[], options={"resolution": "320x180"})
    return encoded(a_payload(previewRequest=request, **changes))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """``--help`` works for each of them and loads no media library."""
    assert main([command, "--help"]) == 0
    assert "Usage: preview-worker" in capsys.readouterr().out


def test_help_loads_nothing_heavy() -> None:
    """Neither the media libraries nor those of other rooms are imported for it."""
    script = (
        "import sys; from preview_worker.cli import main; main(['--help']); "
        "heavy = {'asyncio', 'av', 'skia', 'numpy', 'PIL', 'pydantic', 'uvicorn', 'rich'}; "
        "sys.exit(len(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == 0


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Bug reports begin with it."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("preview-worker ")


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """The status is 2 and the hint goes to the error stream."""
    assert main(["rendr"]) == 2
    assert "rendr" in capsys.readouterr().err


def test_validate_accepts_a_valid_payload(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says so in one line and ends with 0."""
    assert main(["validate", a_file(tmp_path, encoded(a_payload()))]) == 0
    assert capsys.readouterr().out.startswith("OK ")


def test_validate_lists_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A header, then one line for each complaint in the known words."""
    file = a_file(tmp_path, encoded(a_payload(jobId="", dryRun=1)))
    assert main(["validate", file]) == 2
    assert capsys.readouterr().out.splitlines()[1:] == [
        " - jobId (string) required",
        " - dryRun must be boolean",
    ]


def test_validate_tells_notices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is accepted all the same is worth a line."""
    assert main(["validate", a_file(tmp_path, encoded(a_payload(flavour="mint")))]) == 0
    assert "/flavour" in capsys.readouterr().out


def test_validate_finds_what_only_the_plan_can_know(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A format that cannot be rendered is refused here, not after the job was queued."""
    payload = a_payload(previewRequest=a_request(options={"format": "gif"}))
    assert main(["validate", "--json", a_file(tmp_path, encoded(payload))]) == 2
    assert json.loads(capsys.readouterr().out)["code"] == "invalid.option"


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe"])
def test_validate_ends_with_3_for_what_cannot_be_parsed(tmp_path: Path, content: bytes) -> None:
    """Not JSON is another problem than a wrong payload."""
    assert main(["validate", a_file(tmp_path, content)]) == 3


def test_validate_ends_with_3_for_a_missing_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line names the file."""
    assert main(["validate", str(tmp_path / "nowhere.json")]) == 3
    assert "nowhere.json cannot be read" in capsys.readouterr().err


def test_render_writes_the_files_straight_into_the_named_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Video, pictures, captions and documents lie side by side, and are listed."""
    out = tmp_path / "out"
    assert main(["render", a_file(tmp_path, small()), "--out", str(out)]) == 0
    names = {path.name for path in out.iterdir()}
    assert {"preview.mp4", "poster.jpg", "captions.srt", "preview-manifest.json"} <= names
    assert str(out / "preview.mp4") in capsys.readouterr().out.splitlines()
    with av.open(str(out / "preview.mp4")) as video:
        assert video.streams.video[0].codec_context.name == "h264"


def test_render_without_a_folder_goes_where_the_queue_would_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The preview lies under DATA_DIR by project and job."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    assert main(["render", a_file(tmp_path, small(dryRun=True))]) == 0
    assert (tmp_path / "data/previews/lighthouse/job-1/preview-manifest.json").is_file()
    assert [path.name for path in (tmp_path / "data").glob(".staging/*")] == ["turns"]


def test_render_of_an_invalid_payload_leaves_no_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is refused before anything is written."""
    out = tmp_path / "out"
    assert main(["render", a_file(tmp_path, small(dryRun=0)), "--out", str(out)]) == 2
    assert "dryRun must be boolean" in capsys.readouterr().err
    assert not out.exists()


def test_render_with_json_prints_the_jobs_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Scripts read the same document that Node reads as the return value."""
    file = a_file(tmp_path, small(dryRun=True))
    assert main(["render", file, "--json", "--out", str(tmp_path / "out")]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "success"


def test_settings_are_listed_with_their_sources(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A typing error in a name is told beside them."""
    monkeypatch.setenv("PREVIEW_QUEUE_MAX", "9")
    monkeypatch.setenv("PREVIEW_QUEU_MAX", "9")
    assert main(["settings", "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["PREVIEW_QUEUE_MAX"] == {"value": "9", "source": "environment"}
    assert "PREVIEW_QUEU_MAX is not a setting" in printed.err


def test_a_wrong_setting_stops_every_command_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One clear line, no traceback."""
    monkeypatch.setenv("REDIS_PORT", "x")
    assert main(["status", "job-1"]) == 2
    assert capsys.readouterr().err.startswith("error: REDIS_PORT:")


def test_the_schema_that_is_printed_is_valid(capsys: pytest.CaptureFixture[str]) -> None:
    """Producers can check their payloads with it."""
    assert main(["schema"]) == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))


@pytest.mark.parametrize(
    "arguments", [["status", "job-1"], ["watch", "job-1"], ["enqueue", "PAYLOAD"]]
)
def test_commands_end_with_69_when_redis_is_away(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    """One line says where Redis was expected, and nobody waits for long."""
    monkeypatch.setenv("REDIS_URL", "redis://:hunter2@127.0.0.1:1")
    named = [a_file(tmp_path, small()) if part == "PAYLOAD" else part for part in arguments]
    begun_s = time.monotonic()
    assert main(named) == 69
    assert time.monotonic() - begun_s < 10
    error = capsys.readouterr().err
    assert "127.0.0.1:1" in error
    assert "hunter2" not in error


def test_doctor_finds_everything_but_redis(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is there is told with its version, and what is missing alone decides the status."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    assert main(["doctor", "--json"]) == 69
    checks = json.loads(capsys.readouterr().out)
    assert [name for name, check in checks.items() if not check["ok"]] == ["redis"]
    assert "skia" in checks["media libraries"]["detail"]
    assert "ways out were tried, 0 are open" in checks["sandbox"]["detail"]


def test_doctor_finds_a_data_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file where the folder should be is told as such."""
    (tmp_path / "data").write_text("in the way")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    assert main(["doctor", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["data folder"]["ok"] is False
