"""Windows and macOS: nothing of ours needs what they lack before it is used.

They are simulated, as far as a process on Linux can be: no such machine is at hand.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ELSEWHERE = Path(__file__).parent / "elsewhere.py"
EXAMPLES = ROOT / "examples" / "payloads"
DEADLINE_S = 170


def elsewhere(system: str, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run ``preview-worker`` as on ``system``; it has to end with ``code``."""
    done = subprocess.run(
        [sys.executable, ELSEWHERE, system, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_a_preview_is_rendered(system: str, tmp_path: Path) -> None:
    """From a payload file to a video, in the process itself."""
    payload = tmp_path / "payload.json"
    payload.write_text(
        '{"jobId": "j", "projectId": "p", "requestId": "r", "dryRun": false, "previewRequest": '
        '{"title": "Lighthouse", "steps": [], "assets": [], "audio": {}, '
        '"options": {"resolution": "320x180"}}}'
    )
    elsewhere(system, "render", str(payload), "--out", str(tmp_path / "out"))
    assert (tmp_path / "out" / "preview.mp4").stat().st_size > 0
    assert (tmp_path / "out" / "preview-manifest.json").is_file()


@pytest.mark.parametrize("system", ["win32", "darwin"])
@pytest.mark.parametrize("command", ["validate", "lint"])
def test_payloads_are_judged(system: str, command: str) -> None:
    """With the same answer as here."""
    elsewhere(system, command, str(EXAMPLES / "plan-only.json"))


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_help_and_settings_are_told(system: str) -> None:
    """Also by a command that works on Linux at its best."""
    assert "Usage: preview-worker work" in elsewhere(system, "work", "--help").stdout
    assert "PREVIEW_QUEUE_NAME" in elsewhere(system, "settings").stdout
