"""A scrape costs the same whether the queue is empty or holds a hundred thousand jobs."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from preview_worker.api import ProbeServer, ProbeSettings, create_probe_app
from preview_worker.bootstrap.sources import sources_of
from preview_worker.observability import (
    HealthMonitor,
    HealthSettings,
    MetricsObserver,
    Snapshot,
    Vitals,
)
from preview_worker.queue import QueueSettings
from preview_worker.queue.controller import BullControls
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.settings import load_settings

pytestmark = pytest.mark.anyio

JOBS = 100_000
SCRAPES = 20
TIMES_AS_LONG = 3
SLACK_S = 0.02


@pytest.fixture
async def client(queue_settings: QueueSettings, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody at the probe port of a process that asks the queue anew at every scrape."""
    settings = load_settings(
        redis_url=queue_settings.redis_url,
        preview_queue_name=queue_settings.queue_name,
        data_dir=tmp_path,
    )
    patience = HealthSettings(fresh_for_s=1e-9, answer_within_s=2.0)
    controls = BullControls(queue_settings)
    counts = Snapshot(controls.counts, patience)
    metrics = MetricsObserver("1.0", sources_of(settings, controls, counts, patience), patience)
    vitals = Vitals(
        queue=queue_settings.queue_name,
        redis_url=queue_settings.redis_url,
        counts=counts,
        alive=lambda: True,
        begun=True,
    )
    app = create_probe_app(HealthMonitor(vitals, patience), metrics)
    server = ProbeServer(app, ProbeSettings(host="127.0.0.1", port=0))
    await server.start()
    base = f"http://127.0.0.1:{server.port}"
    async with httpx.AsyncClient(base_url=base, timeout=60) as client:
        yield client
    await server.stop()
    await metrics.close()
    await controls.close()


async def grow(settings: QueueSettings, jobs: int) -> None:
    """Add jobs past the producer, in packets: half of them with a priority."""
    keys = QueueKeys(settings.prefix, settings.queue_name)
    link = RedisLink(settings, client_name="grow")
    for begin in range(0, jobs, 1000):
        commands: list[tuple[str | bytes | int, ...]] = []
        for number in range(begin, begin + 1000):
            job_id = f"job-{number}"
            fields = ("name", "render-preview", "data", "{}", "opts", "{}", "timestamp", "1")
            commands.append(("HSET", keys.job(job_id), *fields))
            commands.append(
                ("LPUSH", keys.wait, job_id)
                if number % 2
                else ("ZADD", keys.prioritized, 2**32 + number, job_id)
            )
        await link.call_together(commands)
    await link.close()


async def scrapes_s(client: httpx.AsyncClient) -> list[float]:
    """Return how long several scrapes took, each of which asks Redis."""
    spent_s = []
    for _ in range(SCRAPES):
        begun_s = time.perf_counter()
        await client.get("/metrics")
        spent_s.append(time.perf_counter() - begun_s)
    return spent_s


async def test_a_hundred_thousand_jobs_make_no_scrape_slower(
    client: httpx.AsyncClient, queue_settings: QueueSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is counted by walking over it. The shortest times are those that nobody disturbed."""
    empty_s = await scrapes_s(client)
    await grow(queue_settings, JOBS)
    full_s = await scrapes_s(client)
    text = (await client.get("/metrics")).text

    with capsys.disabled():
        empty_ms, full_ms = (statistics.median(spent_s) * 1000 for spent_s in (empty_s, full_s))
        told = f"{empty_ms:.1f} ms empty, {full_ms:.1f} ms with {JOBS} jobs"
        sys.stdout.write(f"\nmedian scrape: {told}\n")
    queue = f'queue="{queue_settings.queue_name}"'
    assert f"bullmq_queue_jobs_waiting_total{{{queue}}} {float(JOBS)}" in text
    assert min(full_s) < TIMES_AS_LONG * min(empty_s) + SLACK_S
