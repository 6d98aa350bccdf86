"""What a worker that did jobs tells of itself can be read by Prometheus, and is documented."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from preview_worker.queue import QueueSettings
from preview_worker.queue.embedded import EmbeddedRedis
from tests.jobs import SHORT, add
from tests.redis_server import quick_settings
from tests.unit.observability.test_instruments import documented
from tests.workers import WorkerUnderTest, a_worker, descendants

if TYPE_CHECKING:
    from prometheus_client import Metric

PROMTOOL = shutil.which("promtool")
SERVE = ("-m", "preview_worker", "serve")
TEXT = "text/plain; version=0.0.4"
FIRST_ANSWERS = {
    "preview_worker_queue_size",
    "preview_worker_dead_letters",
    "preview_worker_disk_free_bytes",
}
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


@pytest.fixture(scope="module")
def worker(
    redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WorkerUnderTest]:
    """A worker that completed a job, found one done already, planned one, and refused one."""
    settings = quick_settings(redis_server.url)
    with a_worker(settings, tmp_path_factory.mktemp("data")) as worker:
        for job_id, request, changes in (
            ("made", SHORT, {}),
            ("planned", SHORT, {"dryRun": True}),
            ("refused", {**SHORT, "options": {"resolution": "no"}}, {}),
        ):
            add(settings, request, jobId=job_id, **changes)
            worker.wait_for("job.settled", job_id=job_id)
        wait_until_answered(worker)
        yield worker


def wait_until_answered(worker: WorkerUnderTest) -> None:
    """Return when queue and disk have answered for once, without which nothing is told of them."""
    deadline_s = time.monotonic() + 60
    while not set(re.findall(r"^\w+", scraped(worker, TEXT), re.MULTILINE)) >= FIRST_ANSWERS:
        assert time.monotonic() < deadline_s, "queue or disk do not answer"


def scraped(worker: WorkerUnderTest, accept: str) -> str:
    """Return the metrics in the form that is asked for."""
    answer = httpx.get(f"{worker.probes}/metrics", headers={"Accept": accept}, timeout=60)
    assert answer.headers["content-type"].startswith(accept)
    return answer.text


def read_openmetrics(text: str) -> Iterable[Metric]:
    """Read strictly what has to be OpenMetrics."""
    parse: Callable[[str], Iterable[Metric]] = openmetrics.text_string_to_metric_families
    return parse(text)


@pytest.mark.skipif(PROMTOOL is None, reason="there is no promtool on the PATH")
def test_promtool_has_no_complaint(worker: WorkerUnderTest) -> None:
    """Names, types, units and help are by the conventions, aliases among them."""
    assert PROMTOOL is not None
    text = scraped(worker, TEXT)
    checked = subprocess.run(
        [PROMTOOL, "check", "metrics"],
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    assert 'preview_worker_jobs_total{outcome="completed"} 2.0' in text


def test_the_document_has_a_row_for_all_that_is_told(worker: WorkerUnderTest) -> None:
    """And nothing else, down to the labels of every series."""
    text = scraped(worker, TEXT)
    rows = {name: (kind, labels) for name, kind, labels in documented()}
    told = dict(re.findall(r"^# TYPE (\S+) (\w+)$", text, re.MULTILINE))

    assert told == {name: kind for name, (kind, _) in rows.items()}
    for family in text_string_to_metric_families(text):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        for sample in family.samples:
            assert {*sample.labels} - {"le"} == {*rows[name][1]}, sample


def test_openmetrics_tells_the_same_series(worker: WorkerUnderTest) -> None:
    """Whichever of the two Prometheus asks for, no graph has a gap."""
    both = (
        text_string_to_metric_families(scraped(worker, TEXT)),
        read_openmetrics(scraped(worker, OPENMETRICS)),
    )
    text, open_text = (
        {
            (sample.name, *sorted(sample.labels.items()))
            for family in families
            for sample in family.samples
            if not family.name.startswith("http_server_")  # the first scrape adds to these
        }
        for families in both
    )

    assert text == open_text
    assert len(text) > 300


def test_the_time_of_a_job_leads_to_its_line_in_the_log(worker: WorkerUnderTest) -> None:
    """Its trace is the exemplar of the phases that only a render has."""
    trace_id = worker.wait_for("job.settled", job_id="made")["trace_id"]
    led_to = {
        family.name
        for family in read_openmetrics(scraped(worker, OPENMETRICS))
        for sample in family.samples
        if sample.exemplar is not None and sample.exemplar.labels["trace_id"] == trace_id
    }

    assert "preview_worker_phase_duration_seconds" in led_to


def test_shots_and_speed_come_from_the_render_itself(worker: WorkerUnderTest) -> None:
    """One preview was rendered, from nothing; the plan and the refusal count for nothing."""
    figures = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(scraped(worker, TEXT))
        for sample in family.samples
    }

    assert figures["preview_worker_scenes_total", "miss"] > 0
    assert figures["preview_worker_scenes_total", "hit"] == 0
    assert figures["preview_worker_render_realtime_ratio_count",] == 1
    assert figures["preview_worker_render_realtime_ratio_sum",] > 0
    assert figures["preview_worker_artifact_bytes_count",] == 1
    assert figures["preview_worker_disk_free_bytes",] > 0


def test_the_interface_alone_tells_of_the_queue_as_a_worker_does(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Where it is a process of its own, it holds no lock and knows the rest."""
    with a_worker(queue_settings, tmp_path, SERVE, "probes.serving") as site:
        wait_until_answered(site)
        figures = {
            sample.name: sample.value
            for family in text_string_to_metric_families(scraped(site, TEXT))
            for sample in family.samples
        }

    assert figures["bullmq_job_completed_total"] == 0
    assert figures["preview_worker_dead_letters"] == 0
    assert figures["preview_worker_lock_age_seconds"] == 0
    assert figures["preview_worker_queue_max_jobs"] == 20
    assert figures["preview_worker_disk_size_bytes"] > 0


def test_a_zygote_that_was_killed_is_told_when_it_is_replaced(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """The job that wants it next finds it, and the restart is on the record."""
    with a_worker(queue_settings, tmp_path) as worker:
        worker.wait_for("walls.inspected")
        for pid in descendants(worker.process.pid):
            os.kill(pid, signal.SIGKILL)
        add(queue_settings, SHORT)
        worker.wait_for("child.restarted", reason="zygote")
        worker.wait_for("job.settled", result="completed")
        text = scraped(worker, TEXT)

    assert 'preview_worker_child_restarts_total{reason="zygote"} 1.0' in text
    assert 'preview_worker_child_restarts_total{reason="crash"} 0.0' in text
