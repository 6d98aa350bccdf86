"""Short runs of the races for one job and for one place; the long ones are in ``make chaos``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
_PATIENCE_S = 280

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.slow,
    pytest.mark.timeout(_PATIENCE_S + 20),
    pytest.mark.skipif(sys.platform != "linux", reason="the parts read /proc"),
]


def run(folder: Path, part: str, *options: str) -> dict[str, Any]:
    """Run a part of chaos to its end and return its report."""
    path = folder / "report.json"
    done = subprocess.run(
        [sys.executable, "-m", "chaos", part, *options, "--json", str(path)],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
        timeout=_PATIENCE_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report: dict[str, Any] = json.loads(path.read_bytes())
    return report


def figures(report: dict[str, Any]) -> dict[str, float]:
    """Return the figures of a report by their names."""
    return {one["name"]: one["value"] for one in report["figures"]}


def test_jobs_that_two_workers_run_end_in_one_preview_each(tmp_path: Path) -> None:
    """R19, P7: locks are deleted under renders, and a worker is frozen; one attempt is fenced."""
    report = run(tmp_path, "doubles", "--seed", "3", "--runs", "4", "--freezes", "1")
    told = figures(report)

    assert report["holds"]
    assert told["jobs run by two attempts"] >= 4
    assert told["attempts fenced"] >= 4
    assert report["faults"]["worker frozen"] == 1


def test_no_reader_of_many_sees_a_mixture(tmp_path: Path) -> None:
    """A1: every read is of one preview, whole, and what is open stays readable."""
    report = run(tmp_path, "readers", "--seed", "3", "--reads", "3000", "--publishes", "200")
    told = figures(report)

    assert report["holds"]
    assert told["reads of whole previews"] >= 3000
    assert told["publications"] >= 200
    assert told["versions that a reader saw, at least"] > 20
    assert told["files kept open while they were replaced"] > 10
