"""A real Prometheus scrapes a worker at work, and answers all that we ask it on the dashboard."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from monitoring.__main__ import groups
from monitoring.board import queries
from preview_worker.queue import QueueSettings
from tests.jobs import SHORT, add, ended
from tests.prometheus_server import PROMETHEUS, Prometheus, a_prometheus
from tests.workers import WorkerUnderTest, a_worker

VARIABLES = {
    "$__rate_interval": "1m",
    "$__range": "15m",
    "$queue": ".*",
    "$instance": ".*",
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROMETHEUS is None, reason="there is no prometheus on the PATH"),
]


def work(worker: WorkerUnderTest, settings: QueueSettings, prometheus: Prometheus) -> None:
    """Have one preview rendered, one reused, one planned and one refused, as scrapes go on."""
    prometheus.until("preview_worker_queue_up == 1")
    for number in (1, 2):
        # The second time, series that the first brought into being are seen to grow.
        add(settings, SHORT, jobId=f"job-{number}")
        assert ended(settings, f"job-{number}").state == "completed"
        prometheus.until(f"preview_worker_phase_duration_seconds_count >= {number}")
    add(settings, SHORT, jobId="job-3", dryRun=True)
    add(settings, {"steps": "none"}, jobId="job-4")
    assert ended(settings, "job-4").state == "failed"
    prometheus.until("sum(preview_worker_jobs_total) >= 4")
    prometheus.until("preview_worker:job_failures:ratio7d == 0")
    assert worker.process.poll() is None


def test_prometheus_answers_every_query_of_the_dashboard_and_of_the_alerts(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """None is an error, and all that are not about trouble have a figure after a few jobs."""
    recorded, told = groups()
    with (
        a_worker(queue_settings, tmp_path / "data") as worker,
        a_prometheus(
            tmp_path / "prometheus", worker.probes.removeprefix("http://"), (*recorded, *told)
        ) as prometheus,
    ):
        work(worker, queue_settings, prometheus)

        empty = []
        for query in queries():
            values = prometheus.ask(_filled(query.expr))
            shown = [value for value in values if not math.isnan(value)]
            if not shown and not query.rare:
                empty.append(query.expr)
        rules = prometheus.rules()
        traced = prometheus.exemplars("preview_worker_job_duration_seconds_bucket")

    assert empty == []
    assert all(len(one["labels"]["trace_id"]) == 32 for one in traced)
    assert len(traced) > 0
    assert [rule for rule in rules if rule["health"] != "ok"] == []
    assert {rule["name"] for rule in rules if rule.get("state") == "firing"} == set()


def _filled(query: str) -> str:
    for name, value in VARIABLES.items():
        query = query.replace(name, value)
    return query
