"""Probes over a real queue: with Redis there, gone, and silent."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

import pytest

from preview_worker.api import ProbeServer, ProbeSettings, create_probe_app
from preview_worker.artifacts import ArtifactSettings
from preview_worker.artifacts.local import LocalStore
from preview_worker.events import WorkerStarted
from preview_worker.observability import (
    HealthMonitor,
    HealthSettings,
    MetricsObserver,
    Snapshot,
    Sources,
    Vitals,
)
from preview_worker.queue import JobRequest, QueueSettings
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.producer import BullProducer
from tests.unit.api.visits import Answer, visit

pytestmark = pytest.mark.anyio

PAGES = {
    "/livez": 200,
    "/readyz": 503,
    "/healthz": 503,
    "/api/preview/worker/health": 503,
    "/metrics": 200,
}
LATENCY_S = 0.1


@pytest.fixture
def silent_url() -> Iterator[str]:
    """Listen like a Redis whose machine has stopped: connections open, nothing is answered."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"redis://user:hunter2@127.0.0.1:{listener.getsockname()[1]}"


@asynccontextmanager
async def probed(settings: QueueSettings, folder: Path) -> AsyncIterator[ProbeServer]:
    """Serve the probes of a worker that has started on that queue."""
    queue = BullQueue(settings)
    patience = HealthSettings()
    counts = Snapshot(queue.counts, patience)
    vitals = Vitals(
        queue=settings.queue_name,
        redis_url=settings.redis_url,
        counts=counts,
        alive=lambda: True,
        refusals={"disk": LocalStore(ArtifactSettings(data_dir=folder)).refusal},
    )
    health = HealthMonitor(vitals, patience)
    health.observe(WorkerStarted(queue=settings.queue_name, concurrency=2, version="0.1.0"))
    metrics = MetricsObserver("0.1.0", Sources(queue=settings.queue_name, counts=counts), patience)
    server = ProbeServer(create_probe_app(health, metrics), ProbeSettings(host="127.0.0.1", port=0))
    await health.start()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
        await health.stop()
        await queue.close()


async def test_a_worker_with_its_queue_is_well(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Every page answers 200, and prioritised jobs are counted."""
    producer = BullProducer(queue_settings)
    await producer.add(JobRequest(payload={}, priority=2))
    await producer.close()
    async with probed(queue_settings, tmp_path) as server:
        await wait_until_ready(server)
        answers = {path: await visit(server, path) for path in PAGES}

    assert {answer.status for answer in answers.values()} == {200}
    document = answers["/api/preview/worker/health"].document
    assert isinstance(document, dict)
    assert (document["queue"]["prioritized"], document["queue"]["waiting"]) == (1, 0)
    state = f'queue="{queue_settings.queue_name}",state="prioritized"'
    assert f"preview_worker_queue_size{{{state}}} 1.0".encode() in answers["/metrics"].body


async def wait_until_ready(server: ProbeServer) -> None:
    """Return when queue and disk have answered, for which no single probe waits long."""
    async with asyncio.timeout(60):
        while (await visit(server, "/readyz")).status != HTTPStatus.OK:
            pass


async def test_probes_answer_at_once_while_redis_is_silent(silent_url: str, tmp_path: Path) -> None:
    """An orchestrator that waits a second gets its answer, and no password in it."""
    async with probed(QueueSettings(redis_url=silent_url), tmp_path) as server:
        for path, status in PAGES.items():
            answer, took_s = await timed(server, path)
            assert took_s < LATENCY_S, path
            assert answer.status == status, path
            assert b"hunter2" not in answer.body


async def timed(server: ProbeServer, path: str) -> tuple[Answer, float]:
    """Visit a page three times; return an answer and the shortest time, in seconds.

    The tests share their machine with others, who may delay any single visit.
    """
    answers, times_s = [], []
    for _ in range(3):
        begun = time.monotonic()
        answers.append(await visit(server, path))
        times_s.append(time.monotonic() - begun)
    return answers[0], min(times_s)


async def test_probes_say_that_redis_is_gone(tmp_path: Path) -> None:
    """The reason is there for people, and the worker stays alive."""
    async with probed(QueueSettings(redis_url="redis://127.0.0.1:1"), tmp_path) as server:
        report = await visit(server, "/api/preview/worker/health")
        live = await visit(server, "/livez")

    document = report.document
    assert isinstance(document, dict)
    assert (report.status, live.status) == (503, 200)
    assert document["redis"] == {"status": "disconnected", "url": "redis://127.0.0.1:1"}
    assert str(document["error"]).startswith("queue: ")
