"""Growth measured, small and once; what it would come to in earnest stands in docs/scaling.md."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.site import a_queue
from scaling.__main__ import verdict
from scaling.depth import measure_depth, measure_limit
from scaling.sameness import differences
from scaling.stairs import Flight, Stairs, Step

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what processes spend"),
    pytest.mark.slow,
    pytest.mark.timeout(600),
]


def test_two_workers_make_the_bytes_of_one(tmp_path: Path) -> None:
    """Each step renders everything from nothing, and is billed for all that it cost."""
    steps: list[Step] = []
    stairs = Stairs(Flight(3, 2, 3, "320x180", rest_s=3, up=(1, 2), down=()))
    with a_queue("scaling") as queue:
        stairs.climb(queue, tmp_path, steps.append)
    one, two = steps
    assert (one.workers, two.workers) == (1, 2)
    assert len(one.files) >= 3 * 8
    assert differences(one.files, two.files) == []
    for step in steps:
        assert len(step.jobs) == 3
        assert step.cpu_s > sum(job.child_cpu_s for job in step.jobs) > 0
        assert step.redis.commands > 3 * 30
    assert stairs.rest is not None
    assert stairs.rest.redis_commands > 0


def test_a_job_of_a_deep_queue_is_leased_by_as_many_commands() -> None:
    """A thousand jobs that wait change nothing but the memory."""
    with a_queue("empty") as queue:
        empty = measure_depth(queue, 0, 50)
        deep = measure_depth(replace(queue, queue_name="deep"), 1_000, 50)
        limit = measure_limit(replace(queue, queue_name="limit"), 300, clients=5)
    assert deep.commands == pytest.approx(empty.commands, rel=0.1)
    assert deep.bytes_per_job > 1_000
    assert 0 < limit.redis_share < 1.5
    assert limit.commands_per_s > 1_000


def test_the_command_foretells_from_what_was_recorded(tmp_path: Path) -> None:
    """It writes all figures without measuring, and says by its exit status that all holds."""
    path, recorded = tmp_path / "figures.json", ROOT / "scaling" / "recorded.json"
    command = (sys.executable, "-m", "scaling", "--quick", "--from", str(recorded))
    subprocess.run((*command, "--json", str(path)), cwd=ROOT, check=True)
    told = json.loads(path.read_text())
    assert told["same_bytes"] is True
    assert told["efficiency_8"] >= 0.9
    assert {"checks", "forecast", "bottlenecks", "price_of_1000", "autoscaling"} <= told.keys()


def test_a_run_that_was_not_thrifty_does_not_hold() -> None:
    """Eight workers that waste a third, and previews that differ, are told a line each."""
    recorded = json.loads((ROOT / "scaling" / "recorded.json").read_text())
    planted = {**recorded, "efficiency_8": 0.66, "autoscaling": {}}
    assert verdict(planted) == ["Eight workers make 0.66 of what one makes of a CPU second"]
    differs = {**planted, "efficiency_8": 0.97, "same_bytes": False, "different_files": ["a"]}
    assert verdict(differs) == ["Previews differ: ['a']"]
