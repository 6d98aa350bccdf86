"""Requests over HTTP are part of traces, and so is what they lead to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from preview_worker.events import TraceContext
from preview_worker.queue import QueueSettings
from tests.collector import Collector, a_collector
from tests.fakes.payloads import a_payload, a_request
from tests.jobs import SHORT
from tests.workers import WorkerUnderTest, a_worker

CLIENT = TraceContext("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
SERVE = ("-m", "preview_worker", "serve")


@contextmanager
def a_server(
    queue: QueueSettings, data_dir: Path, **more: str
) -> Iterator[tuple[httpx.Client, WorkerUnderTest]]:
    """Run the HTTP interface in a process of its own, and yield a client of it."""
    with (
        a_worker(queue, data_dir, SERVE, "probes.serving", **more) as server,
        httpx.Client(base_url=server.probes, timeout=60) as client,
    ):
        yield client, server


def submit(client: httpx.Client, headers: dict[str, str]) -> httpx.Response:
    """Submit a small job."""
    payload = a_payload(previewRequest=a_request(**SHORT))
    return client.post("/api/v1/jobs", json=payload, headers=headers)


def traced_by(collector: Collector) -> dict[str, str]:
    """Return what makes a process send its traces."""
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint}


def test_one_trace_leads_from_a_client_over_http_to_the_settlement(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """The client's span, the request's below it, the attempt's below that."""
    with a_collector() as collector:
        traced = traced_by(collector)
        with a_server(queue_settings, tmp_path, **traced) as (client, server):
            assert submit(client, CLIENT.headers).status_code == 202
            told = server.wait_for("job.submitted")
            with a_worker(queue_settings, tmp_path, **traced) as worker:
                worker.wait_for("job.settled", result="completed")
                worker.stop()
            server.stop()
    spans = {span.name: span for span in collector.of_trace(CLIENT.trace_id)}
    request = spans["POST /api/v1/jobs"]
    attempt = spans[f"process {queue_settings.queue_name}"]
    assert (request.kind, request.parent_id) == ("SERVER", CLIENT.span_id)
    assert attempt.parent_id == request.span_id
    assert (told["trace_id"], told["span_id"]) == (CLIENT.trace_id, request.span_id)
    assert request.attributes == {
        "http.request.method": "POST",
        "http.route": "/api/v1/jobs",
        "http.response.status_code": 202,
        "url.path": "/api/v1/jobs",
        "url.scheme": "http",
    }


def test_a_problem_names_the_trace_that_was_sent(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """One that begins at the server as well; probes begin none, and no query is told."""
    with (
        a_collector() as collector,
        a_server(queue_settings, tmp_path, **traced_by(collector)) as (client, server),
    ):
        assert client.get("/livez").status_code == 200
        problem = client.get("/api/v1/jobs/none-of-the-kind?word=quillwort").json()
        server.stop()
    [request] = collector.spans
    assert request.name == "GET /api/v1/jobs/{job_id}"
    assert problem["traceId"] == request.trace_id
    assert not request.failed, "a client's mistake is no failure of the server"
    assert "quillwort" not in repr(request)


@pytest.mark.parametrize("headers", [CLIENT.headers, {}])
def test_a_clients_trace_goes_on_where_nothing_is_sent(
    queue_settings: QueueSettings, tmp_path: Path, headers: dict[str, str]
) -> None:
    """Its context goes along with the job, and its id into problems; nothing is made up."""
    with a_server(queue_settings, tmp_path) as (client, _):
        assert submit(client, headers).status_code == 202
        problem = client.get("/api/v1/jobs/none-of-the-kind", headers=headers).json()
        with a_worker(queue_settings, tmp_path) as worker:
            line = worker.wait_for("job.settled", result="completed")
    assert problem.get("traceId") == (CLIENT.trace_id if headers else None)
    assert (line["trace_id"] == CLIENT.trace_id) is bool(headers)


def test_a_listener_is_traced_until_it_begins_to_listen(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """It may listen for hours, which says nothing of the server."""
    with a_collector() as collector:
        traced = {**traced_by(collector), "OTEL_BSP_SCHEDULE_DELAY": "50"}
        with (
            a_server(queue_settings, tmp_path, **traced) as (client, _),
            client.stream("GET", "/api/v1/events") as listening,
        ):
            assert listening.status_code == 200
            [request] = collector.wait_for("GET /api/v1/events")
    assert request.attributes["http.response.status_code"] == 200
