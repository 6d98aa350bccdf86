"""The parts of ``chaos/`` in short. Invariants are held to; times only by bounds that are wide.

Alone: ``pytest -m chaos``. At full length: ``python -m chaos PART``, see docs/reliability.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import ceph

ROOT = Path(__file__).parents[2]
_PATIENCE_S = 280

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.slow,
    pytest.mark.timeout(_PATIENCE_S + 20),
    pytest.mark.skipif(sys.platform != "linux", reason="storms read /proc"),
]


def run_part(folder: Path, part: str, *options: str) -> dict[str, Any]:
    """Run a part to its end and return its report; its whole account is told when it is broken."""
    report = folder / "report.json"
    done = subprocess.run(
        [sys.executable, "-m", "chaos", part, "--seed", "6", "--json", str(report), *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return told


def figure(report: dict[str, Any], name: str) -> float:
    """Return a figure of a report."""
    return next(float(one["value"]) for one in report["figures"] if one["name"] == name)


def test_a_storm_breaks_no_invariant(tmp_path: Path) -> None:
    """P1 P5 P7 R1 R12 R19 D1 T1: every kind of fault at once; nothing lost, nothing doubled."""
    report = run_part(tmp_path, "storm", "--minutes", "0.5", "--every-s", "1.2")

    assert {one["name"] for one in report["invariants"]} >= {"I1", "I2", "I3", "I4", "I5", "I6"}
    assert figure(report, "faults") > 10
    assert figure(report, "reads of previews meanwhile") > 0


def test_killed_workers_lose_and_double_nothing(tmp_path: Path) -> None:
    """P1: what a killed worker held is begun again by another one."""
    options = ("--jobs", "16", "--kills", "4", "--recovery-s", "60")
    report = run_part(tmp_path, "kills", *options)

    assert report["faults"]["worker killed"] == 4
    assert figure(report, "jobs begun again after a kill") > 0


def test_what_is_handed_back_costs_no_attempt(tmp_path: Path) -> None:
    """P5: a worker that has no time left gives its job to another one."""
    bounds = ("--next-start-s", "20", "--exit-s", "60")
    report = run_part(tmp_path, "handback", "--runs", "2", *bounds)

    assert figure(report, "hand-backs") >= 2


def test_no_render_is_wasted_by_an_outage(tmp_path: Path) -> None:
    """R1: Redis is away for longer than a lock lives, and the render goes on."""
    away = ("--rounds", "1", "--shortest-s", "9", "--longest-s", "9", "--pickup-s", "30")
    report = run_part(tmp_path, "redis", *away)

    assert figure(report, "renders wasted") == 0


@pytest.mark.skipif(not ceph.FOLDER, reason="CEPH_FOR_TESTS names no folder; tools/ceph makes one")
def test_batches_are_published_once_whatever_is_killed_or_away(tmp_path: Path) -> None:
    """P1 R1: parts, wholes and publications are struck; every preview has one worker's bytes."""
    crowd = ("--count", "1", "--strikes", "3", "--workers", "2")
    bounds = ("--shortest-s", "2", "--longest-s", "4", "--recovery-s", "200")
    report = run_part(tmp_path, "batches", *crowd, *bounds)

    assert {one["name"] for one in report["invariants"]} >= {"I1", "I3", "B1", "B2", "B3", "B4"}
    assert figure(report, "strikes") == 3
