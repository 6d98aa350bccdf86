"""A real Prometheus scrapes a worker at work, and answers all that we ask it on the dashboard."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitoring.__main__ import groups
from monitoring.board import queries
from monitoring.rules import rule_file
from preview_worker.queue import QueueSettings
from tests.jobs import SHORT, add, ended
from tests.redis_programs import free_port
from tests.workers import WorkerUnderTest, a_worker

PROMETHEUS = shutil.which("prometheus")
VARIABLES = {
    "$__rate_interval": "1m",
    "$__range": "15m",
    "$queue": ".*",
    "$instance": ".*",
}
_PATIENCE_S = 90

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROMETHEUS is None, reason="there is no prometheus on the PATH"),
]


class Prometheus:
    """A server that scrapes one worker every second and computes our rules as often."""

    def __init__(self, client: httpx.Client) -> None:
        """Ask it with ``client``."""
        self._client = client

    def ask(self, query: str) -> list[float]:
        """Return the values that a query has now; fail when it is not understood."""
        answer = self._client.get("/api/v1/query", params={"query": query})
        told = answer.json()
        assert told["status"] == "success", f"{query}: {told}"
        assert not told.get("warnings"), f"{query}: {told['warnings']}"
        return [float(one["value"][1]) for one in told["data"]["result"]]

    def until(self, query: str) -> None:
        """Return when a query has an answer."""
        _wait(lambda: bool(self.ask(query)), query)

    def exemplars(self, query: str) -> list[dict[str, Any]]:
        """Return what single observations of a series are told of."""
        span = {"start": str(time.time() - 600), "end": str(time.time() + 60)}
        answer = self._client.get("/api/v1/query_exemplars", params={"query": query, **span})
        return [one for found in answer.json()["data"] for one in found["exemplars"]]

    def rules(self) -> list[dict[str, Any]]:
        """Return all rules with what became of their last evaluation."""
        told = self._client.get("/api/v1/rules").json()
        return [rule for group in told["data"]["groups"] for rule in group["rules"]]


@contextmanager
def a_prometheus(folder: Path, target: str) -> Iterator[Prometheus]:
    """Run one that scrapes ``target``, with our rules."""
    assert PROMETHEUS is not None
    often = [replace(group, interval="1s") for part in groups() for group in part]
    (folder / "rules.yml").write_text(rule_file(often, "https://docs.example.org/runbook.md"))
    scraped = {"job_name": "preview-worker", "static_configs": [{"targets": [target]}]}
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yml"],
        "scrape_configs": [scraped],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
    address = f"127.0.0.1:{free_port()}"
    flags = {
        "config.file": folder / "prometheus.yml",
        "storage.tsdb.path": folder / "series",
        "web.listen-address": address,
        "log.level": "warn",
        "enable-feature": "exemplar-storage",
    }
    command = [PROMETHEUS, *(f"--{name}={value}" for name, value in flags.items())]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stderr=log)
    try:
        with httpx.Client(base_url=f"http://{address}", timeout=30) as client:
            _wait(lambda: _is_ready(client), "the start of Prometheus")
            yield Prometheus(client)
    finally:
        process.terminate()
        process.wait(_PATIENCE_S)


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/-/ready").is_success
    except httpx.TransportError:
        return False


def _wait(there: Callable[[], bool], awaited: str) -> None:
    """Return when something is there; Prometheus tells nobody of its scrapes, so it is asked."""
    deadline_s = time.monotonic() + _PATIENCE_S
    while not there():
        assert time.monotonic() < deadline_s, f"{awaited} did not come"
        time.sleep(0.1)


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
    folder = tmp_path / "prometheus"
    folder.mkdir()
    with (
        a_worker(queue_settings, tmp_path / "data") as worker,
        a_prometheus(folder, worker.probes.removeprefix("http://")) as prometheus,
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
