"""The benchmark of rendering, small and once: benchmarks that nobody runs fall to pieces."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 150

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from Linux's /proc"
)


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what a quick run writes."""
    path = tmp_path_factory.mktemp("figures") / "figures.json"
    command = (sys.executable, "-m", "benchmarks.render", "--quick", "--json", str(path))
    subprocess.run(command, cwd=ROOT, check=True, timeout=TIMEOUT_S, stdout=subprocess.PIPE)
    told: dict[str, Any] = json.loads(path.read_text())
    return told


@pytest.mark.slow
def test_a_quick_run_measures_everything(figures: dict[str, Any]) -> None:
    """No part is missing from its JSON."""
    assert {"text", "peers", "ratio", "motion", "growth", "live", "quality", "versions"} <= {
        *figures
    }
    assert figures["text"].keys() == {"cold", "edited", "unchanged", "command"}
    assert figures["motion"].keys() == {"zooming", "storyboard"}
    assert "at_our_ssim" in figures["quality"]["x264_medium"]


@pytest.mark.slow
def test_every_contestant_has_its_time_and_its_memory(figures: dict[str, Any]) -> None:
    """Nothing that was measured is nothing."""
    for told in (*figures["text"].values(), *figures["peers"].values(), figures["growth"]):
        assert told["wall_s"]["median"] > 0
        assert told["cpu_s"]["median"] >= 0
        assert told["peak_mib"] > 1


@pytest.mark.slow
def test_a_peer_is_compared_or_its_absence_told(figures: dict[str, Any]) -> None:
    """PyAV is always there, the others where they are installed."""
    assert "pyav" in figures["peers"]
    assert {*figures["peers"], *figures["missing_peers"]} == {"pyav", "moviepy", "ffmpeg"}
    assert figures["ratio"].keys() == figures["peers"].keys()
