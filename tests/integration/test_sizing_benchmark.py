"""The benchmark of sizes, small and once: benchmarks that nobody runs fall to pieces."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.skipif(
        not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from Linux's /proc"
    ),
    pytest.mark.slow,
    pytest.mark.timeout(600),
]


def test_a_quick_run_measures_everything(tmp_path: Path) -> None:
    """Each figure is there, and an edit costs less than a tutorial that is new."""
    path = tmp_path / "figures.json"
    command = (sys.executable, "-m", "benchmarks.sizing", "--quick", "--json", str(path))
    subprocess.run(command, cwd=ROOT, check=True, timeout=500, stdout=subprocess.PIPE)
    told = json.loads(path.read_text())
    assert told["work"].keys() == {"cold", "edited", "unchanged"}
    assert 0 < told["work"]["edited"]["cpu_s"] < told["work"]["cold"]["cpu_s"]
    assert told["memory"].keys() == {"idle_mib", "1", "2", "4"}
    assert all(mib > 1 for mib in told["memory"].values())
    assert told["disk"]["previews_bytes"] > 0
    assert told["disk"]["cache_bytes"] > 0
    assert told["start"]["cpu_s"] > 0
