"""What the HTTP port tells of itself: by route, and within bounds whatever strangers send."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from preview_worker.api import Front, ProbeServer, ProbeSettings
from preview_worker.bootstrap.serving import open_services
from preview_worker.observability import (
    HealthMonitor,
    HealthSettings,
    MetricsObserver,
    Snapshot,
    Sources,
    Vitals,
)
from preview_worker.queue import QueueSettings
from preview_worker.settings import load_settings
from tests.api_server import Notes

pytestmark = pytest.mark.anyio

COUNT = "http_server_request_duration_seconds_count"
ACTIVE = "http_server_active_requests"
STREAMS = "preview_worker_event_streams"
Labels = tuple[str, str, str]


@pytest.fixture
async def client(queue_settings: QueueSettings, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody at a server with all that it answers: probes, the interface and the pages."""
    settings = load_settings(
        redis_url=queue_settings.redis_url,
        preview_queue_name=queue_settings.queue_name,
        data_dir=tmp_path,
    )
    patience = HealthSettings()
    async with open_services(settings, Notes()) as services:
        counts = Snapshot(services.controls.counts, patience)
        metrics = MetricsObserver(
            "1.0", Sources(queue=queue_settings.queue_name, counts=counts), patience
        )
        vitals = Vitals(
            queue=queue_settings.queue_name,
            redis_url=queue_settings.redis_url,
            counts=counts,
            alive=lambda: True,
            begun=True,
        )
        front = Front(HealthMonitor(vitals, patience), metrics, metrics.instruments.requests)
        server = ProbeServer(front, ProbeSettings(host="127.0.0.1", port=0))
        with front.open_to(services):
            await server.start()
            base = f"http://127.0.0.1:{server.port}"
            async with httpx.AsyncClient(base_url=base, timeout=60) as client:
                yield client
            await server.stop()


async def figures(client: httpx.AsyncClient, name: str) -> dict[tuple[str, ...], float]:
    """Return the values of a metric by its labels: method, route and status, as far as it has."""
    names = ("http_request_method", "http_route", "http_response_status_code")
    text = (await client.get("/metrics")).text
    return {
        tuple(sample.labels[label] for label in names if label in sample.labels): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    }


async def wait_until_ready(client: httpx.AsyncClient) -> None:
    """Return with the first good answer: a probe waits for the queue, but never for long."""
    async with asyncio.timeout(60):
        while (await client.get("/readyz")).status_code != HTTPStatus.OK:
            pass


async def test_answers_are_counted_by_the_template_of_their_route(
    client: httpx.AsyncClient,
) -> None:
    """Not by their address: every job has one of its own."""
    for number in range(3):
        await client.get(f"/api/v1/jobs/job-{number}")
    await wait_until_ready(client)
    await client.get("/api/preview/job/job-1/status")
    await client.get("/previews/p-1/j-1/captions/en.vtt")
    await client.get("/")
    await client.get("/api/v1/jobs?state=nonsense")
    await client.post("/api/v1/queue/pause")

    counted = await figures(client, COUNT)

    assert counted["GET", "/api/v1/jobs/{job_id}", "404"] == 3
    assert counted["GET", "/readyz", "200"] == 1
    assert counted["GET", "/", "200"] == 1
    assert {labels[1] for labels in counted} >= {
        "/api/preview/job/{job_id}/status",
        "/previews/{project_id}/{job_id}/{name:path}",
    }
    assert counted["GET", "/api/v1/jobs", "422"] == 1
    assert counted["POST", "/api/v1/queue/pause", "200"] == 1


async def test_strangers_cannot_make_new_series(client: httpx.AsyncClient) -> None:
    """What is no route has no name, and a method that is none is like any other."""
    for number in range(20):
        await client.get(f"/made/up/{number}")
        await client.request(f"VERB{number}", "/api/v1/jobs")
        await client.request("BREW", f"/made/up/{number}")

    strange = {labels for labels in await figures(client, COUNT) if labels[2] in {"404", "405"}}

    assert {labels[0] for labels in strange} == {"GET", "_OTHER"}
    assert ("GET", "", "404") in strange
    assert len(strange) <= 4
    assert set(await figures(client, ACTIVE)) <= {("GET",), ("POST",), ("_OTHER",)}


async def test_those_who_listen_are_counted_while_they_do(client: httpx.AsyncClient) -> None:
    """How long they stay says nothing of how fast an answer is."""
    listened = ("GET", "/api/v1/events", "200")
    async with client.stream("GET", "/api/v1/events") as stream:
        pieces = stream.aiter_raw()
        await anext(pieces)

        assert (await figures(client, STREAMS))[()] == 1
        assert (await figures(client, COUNT))[listened] == 1
        assert (await figures(client, ACTIVE))[("GET",)] == 2  # it, and the one who asks

    async with asyncio.timeout(60):
        while True:
            if (await figures(client, STREAMS))[()] == 0:
                break
            await asyncio.sleep(0.01)
    assert (await figures(client, COUNT))[listened] == 1
    assert (await figures(client, ACTIVE))[("GET",)] == 1
