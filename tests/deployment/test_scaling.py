"""What KEDA would ask Prometheus, answered by Prometheus' own program."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.deployment.cluster_objects import FOLDER, read

PROMTOOL = shutil.which("promtool")
COUNTS = {"waiting": 1, "prioritized": 4, "active": 2, "delayed": 9, "completed": 100, "failed": 3}
"""What a queue may hold: seven jobs are there to be worked on."""


def series(namespace: str, pod: str, counts: dict[str, int]) -> list[dict[str, str]]:
    """Return what one pod tells of the queue."""
    labels = f'namespace="{namespace}",pod="{pod}",queue="preview-jobs"'
    return [
        {"series": f'bullmq_job_count{{{labels},state="{state}"}}', "values": f"{count}x9"}
        for state, count in counts.items()
    ]


@pytest.mark.skipif(PROMTOOL is None, reason="there is no promtool")
def test_replicas_follow_jobs_that_wait_and_run(tmp_path: Path) -> None:
    """Jobs count once however many pods tell of them, and those of staging not at all."""
    (scaler,) = read(FOLDER / "components" / "keda" / "scaledobject.yaml")
    query = scaler["spec"]["triggers"][0]["metadata"]["query"]
    told = [
        *series("preview-worker", "worker-1", COUNTS),
        *series("preview-worker", "worker-2", COUNTS),
        *series("preview-worker", "api-1", COUNTS),
        *series("preview-worker-staging", "worker-1", dict.fromkeys(COUNTS, 50)),
    ]
    expected = {"expr": query, "eval_time": "1m", "exp_samples": [{"labels": "{}", "value": 7}]}
    case = {"interval": "15s", "input_series": told, "promql_expr_test": [expected]}
    file = tmp_path / "scaling.yml"
    file.write_text(yaml.safe_dump({"rule_files": [], "tests": [case]}), encoding="utf-8")
    assert PROMTOOL is not None
    command = [PROMTOOL, "test", "rules", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
