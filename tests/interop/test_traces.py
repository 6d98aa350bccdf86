"""A Node service with telemetry on, and the whole worker: one trace leads through both."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from preview_worker.events import TraceContext
from preview_worker.queue import JobRequest, QueueSettings
from preview_worker.queue.producer import BullProducer
from tests.collector import Collector, SeenSpan, a_collector
from tests.fakes.payloads import a_payload, a_request
from tests.interop.node import FOLDER, VERSIONS
from tests.workers import a_worker

pytestmark = pytest.mark.interop

SMALL = {"steps": [{"text": "Light the lamp."}], "options": {"resolution": "320x180"}}
_NODE_S = 60


def run_node(
    script: str, version: str, queue: QueueSettings, collector: Collector, *more: str
) -> str:
    """Run a Node service that is traced to its end, and return what it printed."""
    node = shutil.which("node") or "node"
    where = (version, queue.redis_url, collector.endpoint, queue.queue_name)
    done = subprocess.run(
        [node, script, *where, *more],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=_NODE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def add_traced(version: str, queue: QueueSettings, collector: Collector) -> str:
    """Have a Node service add a job, and return the trace in which it did."""
    data = json.dumps(a_payload(previewRequest=a_request(**SMALL)))
    told: dict[str, Any] = json.loads(run_node("traced.mjs", version, queue, collector, data))
    return str(told["traceId"])


async def add(queue: QueueSettings, context: TraceContext) -> None:
    """Add a job by our own producer."""
    producer = BullProducer(queue)
    await producer.add(JobRequest(a_payload(), job_id="job-1", trace_context=context.headers))
    await producer.close()


def lineage(span: SeenSpan, spans: list[SeenSpan]) -> list[str]:
    """Return the names from the trace's root to ``span``."""
    above = [one for one in spans if one.span_id == span.parent_id]
    return [*(lineage(above[0], spans) if above else []), span.name]


@pytest.mark.usefixtures("npm_packages")
@pytest.mark.parametrize("version", VERSIONS)
def test_one_trace_leads_from_the_producer_to_the_settlement(
    queue_settings: QueueSettings, tmp_path: Path, version: str
) -> None:
    """Every span of both sides is below the request that the service answered."""
    queue = queue_settings.queue_name
    with (
        a_collector() as collector,
        a_worker(
            queue_settings, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint
        ) as worker,
    ):
        trace_id = add_traced(version, queue_settings, collector)
        line = worker.wait_for("job.settled", result="completed")
        worker.stop()
    spans = collector.of_trace(trace_id)
    known = {(span.service, span.name): lineage(span, spans) for span in spans}
    road = ["POST /previews", f"add {queue}.render-preview", f"process {queue}"]
    assert known["studio", "POST /previews"] == road[:1]
    assert known["preview-worker", f"process {queue}"] == road
    assert known["preview-worker", "settle"] == [*road, "settle"]
    assert known["preview-worker", "encode"] == [*road, "render", "encode"]
    ours = [span for span in collector.spans if span.service == "preview-worker"]
    assert {span.trace_id for span in ours} == {trace_id}
    assert line["trace_id"] == trace_id
    [manifest] = tmp_path.glob("previews/*/*/preview-manifest.json")
    assert json.loads(manifest.read_bytes())["traceId"] == trace_id


@pytest.mark.usefixtures("npm_packages")
@pytest.mark.parametrize("version", VERSIONS)
def test_a_node_worker_goes_on_with_the_trace_of_our_producer(
    queue_settings: QueueSettings, version: str
) -> None:
    """What we leave in a job is what BullMQ's own telemetry looks for."""
    caller = TraceContext("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
    asyncio.run(add(queue_settings, caller))
    with a_collector() as collector:
        run_node("traced_worker.mjs", version, queue_settings, collector)
    [attempt] = collector.wait_for(f"process {queue_settings.queue_name}")
    assert (attempt.trace_id, attempt.parent_id) == (caller.trace_id, caller.span_id)
    assert (attempt.service, attempt.kind) == ("stagehand", "CONSUMER")
