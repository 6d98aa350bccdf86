"""Traces of real workers: what a collector gets, and what happens where there is none."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

from preview_worker.queue import JobState, QueueSettings
from tests.collector import a_collector
from tests.fakes.payloads import a_payload, a_request
from tests.jobs import LONG, SHORT, add, ended
from tests.workers import a_worker, environment, run_command

ROOT = Path(__file__).parents[2]
EXTRA = "mobius-preview-worker[otel]"
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
RENDER = {"render process", "plan", "assets", "captions", "paint", "encode", "sound", "probe"}
_NEAR_S = 30.0
WORKER = {"wait", "lease", "parse", "digest", "render", "publish", "settle"}


def test_a_job_of_the_command_line_is_part_of_the_trace_of_its_caller(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """TRACEPARENT leads to all that the worker did, which fits together in time."""
    payload = json.dumps(a_payload(previewRequest=a_request(**SHORT))).encode()
    caller = environment(queue_settings, tmp_path, TRACEPARENT=PARENT)
    with a_collector() as collector:
        traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint, "OTEL_SERVICE_NAME": "films"}
        with a_worker(queue_settings, tmp_path, **traced) as worker:
            done = run_command("enqueue", "-", "--wait", "--json", env=caller, given=payload)
            assert done.returncode == 0, done.stderr
            worker.stop()
    spans = collector.of_trace(PARENT.split("-")[1])
    [attempt] = [span for span in spans if span.kind == "CONSUMER"]
    assert attempt.parent_id == PARENT.split("-")[2]
    assert {span.name for span in spans if span.parent_id == attempt.span_id} >= WORKER
    [render] = [span for span in spans if span.name == "render"]
    assert {span.name for span in spans if span.parent_id == render.span_id} >= RENDER
    for span in spans:
        assert span.begin_s <= span.end_s
        if span.parent_id == render.span_id:  # told by the clock of another process
            assert abs(span.begin_s - render.begin_s) < _NEAR_S
    assert {span.service for span in spans} == {"films"}


def test_the_example_of_the_documentation_traces(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """What is exported there before the worker starts is all that it takes."""
    page = (ROOT / "docs" / "traces.md").read_text(encoding="utf-8")
    exported = dict(re.findall(r"^export (\w+)=(\S+)$", page, re.MULTILINE))
    assert f"\npip install '{EXTRA}'\n" in page
    with a_collector() as collector:
        [name] = [name for name, value in exported.items() if value == "http://127.0.0.1:4318"]
        with a_worker(queue_settings, tmp_path, **{name: collector.endpoint}) as worker:
            add(queue_settings, SHORT)
            worker.wait_for("job.settled", result="completed")
            worker.stop()
    assert {span.service for span in collector.spans} == {"preview-worker"}


def test_an_attempt_whose_worker_was_killed_can_be_found_from_the_next(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """What the dead worker had told belongs to the span that the next attempt links to."""
    with a_collector() as collector:
        traced = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
            "OTEL_BSP_SCHEDULE_DELAY": "50",
        }
        with a_worker(queue_settings, tmp_path, **traced) as first:
            add(queue_settings, LONG)
            first.wait_for("job.started")
            [parse] = collector.wait_for("parse")
            first.stop(signal.SIGKILL)
        with a_worker(queue_settings, tmp_path, **traced) as second:
            second.wait_for("job.settled", result="completed")
            second.stop()
    [attempt] = [span for span in collector.spans if span.kind == "CONSUMER"]
    assert attempt.attributes["preview.attempt"] == 2
    assert attempt.links == ((parse.trace_id, parse.parent_id),)
    assert attempt.trace_id != parse.trace_id


def test_a_collector_that_is_away_harms_nothing(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Jobs are done, the log says so once whatever is tried, and the worker ends in time."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        traced = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": address,
            "OTEL_EXPORTER_OTLP_TIMEOUT": "1",
            "OTEL_BSP_SCHEDULE_DELAY": "50",
        }
        with a_worker(queue_settings, tmp_path, **traced) as worker:
            for job_id in ("job-1", "job-2", "job-3"):
                add(queue_settings, SHORT, jobId=job_id)
                assert ended(queue_settings, job_id).state is JobState.COMPLETED
                worker.wait_for("traces.unsent")
            assert worker.stop() == 0
    warned = [
        line for line in worker.lines if "opentelemetry" in str(line) or "trace" in line["event"]
    ]
    assert [line["event"] for line in warned] == ["traces.unsent"]
    assert warned[0]["reason"]


def test_a_start_without_the_packages_says_what_to_install(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """In one line, before any job is taken."""
    traced = environment(
        queue_settings, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:4318"
    )
    program = (
        "import sys; sys.modules['opentelemetry.sdk'] = None; sys.argv[1:] = ['work']\n"
        "from preview_worker.__main__ import main; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=traced,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"pip install '{EXTRA}'" in done.stderr
