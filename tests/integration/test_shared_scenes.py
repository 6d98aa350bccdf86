"""Workers that share nothing but a queue and a bucket film every scene once, and find the rest."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from preview_worker.artifacts.objects.bucket import Bucket, open_bucket
from preview_worker.artifacts.objects.settings import BucketSettings
from preview_worker.bootstrap.submission import flow_of
from preview_worker.contract import BatchPlan
from preview_worker.queue import CLAIM_MS, JobRequest, JobState, QueueSettings
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.producer import BullProducer
from tests.ceph import Storage, object_storage
from tests.fakes.payloads import a_payload, a_request
from tests.redis_server import queue_settings, redis_server
from tests.workers import WorkerUnderTest, a_worker

__all__ = ["object_storage", "queue_settings", "redis_server"]

pytestmark = pytest.mark.anyio

SCENES = 24


def variables(settings: BucketSettings) -> dict[str, str]:
    """Return what a worker is told about the bucket."""
    assert settings.access_key_id
    assert settings.secret_access_key
    return {
        "PREVIEW_WORKER_CONCURRENCY": "1",
        "PREVIEW_STORAGE_URL": settings.url,
        "PREVIEW_STORAGE_ENDPOINT": settings.endpoint,
        "PREVIEW_STORAGE_ALLOW_HTTP": "true",
        "PREVIEW_STORAGE_ACCESS_KEY_ID": settings.access_key_id,
        "PREVIEW_STORAGE_SECRET_ACCESS_KEY": settings.secret_access_key,
        "PREVIEW_STORAGE_SCENES": "true",
    }


@pytest.fixture
def place(object_storage: Storage) -> BucketSettings:
    """A place of its own in the bucket."""
    return object_storage.settings()


@pytest.fixture
def crew(
    queue_settings: QueueSettings, place: BucketSettings, tmp_path: Path
) -> Iterator[list[WorkerUnderTest]]:
    """Two workers, each with a disk of its own."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(a_worker(queue_settings, tmp_path / name, **variables(place)))
            for name in ("one", "two")
        ]


def a_tutorial(job_id: str, scenes: int = SCENES, words: str = "Pass the lamp.") -> JobRequest:
    """Return a job of so many scenes, each of which looks different."""
    steps = [{"text": f"Step {n}. {words}", "durationSec": 0.4} for n in range(scenes)]
    request = a_request(steps=steps, options={"resolution": "160x90"})
    payload = a_payload(jobId=job_id, previewRequest=request)
    return JobRequest(payload=payload, job_id=job_id)


async def rendered(settings: QueueSettings, *jobs: JobRequest) -> None:
    """Add jobs and wait until all of them are completed."""
    await added(settings, *jobs)
    await completed(settings, *jobs)


async def claimed(settings: QueueSettings) -> None:
    """Wait until somebody claims a scene."""
    link = RedisLink(settings, client_name="onlooker")
    pattern = QueueKeys(settings.prefix, settings.queue_name).claim("*")
    try:
        async with asyncio.timeout(60):
            while not await link.call("KEYS", pattern):
                continue
    finally:
        await link.close()


async def added(settings: QueueSettings, *jobs: JobRequest) -> None:
    """Add jobs."""
    producer = BullProducer(settings)
    try:
        for job in jobs:
            await producer.add(job)
    finally:
        await producer.close()


async def completed(settings: QueueSettings, *jobs: JobRequest) -> None:
    """Wait until all jobs are completed."""
    producer = BullProducer(settings)
    try:
        for job in jobs:
            told = [status async for status in producer.watch(job.job_id or "")]
            assert told[-1].state is JobState.COMPLETED, told[-1]
    finally:
        await producer.close()


def video(bucket: Bucket, job_id: str) -> bytes:
    """Return the film of a job's preview."""
    found = [e.key for e in bucket.entries("previews") if f"/{job_id}/" in e.key]
    blob = bucket.read(next(key for key in found if key.endswith("preview.mp4")))
    assert blob is not None
    return blob.content


async def test_what_one_worker_filmed_the_other_finds(
    queue_settings: QueueSettings, place: BucketSettings, tmp_path: Path
) -> None:
    """One worker ends before the other begins; the film is the same in every byte."""
    with a_worker(queue_settings, tmp_path / "one", **variables(place)) as one:
        await rendered(queue_settings, a_tutorial("first"))
        first = one.wait_for("scenes.shared", job_id="first")
    with a_worker(queue_settings, tmp_path / "two", **variables(place)) as two:
        await rendered(queue_settings, a_tutorial("second"))
        second = two.wait_for("scenes.shared", job_id="second")
        published = two.wait_for("preview.published", job_id="second")

    assert first["kept"] == second["found"] >= SCENES
    assert (first["found"], second["kept"], second["failed"]) == (0, 0, 0)
    assert published["reused_shots"] == published["shots"]
    bucket = open_bucket(place)
    assert video(bucket, "first") == video(bucket, "second")


async def test_two_workers_do_not_film_one_scene(
    queue_settings: QueueSettings, place: BucketSettings, crew: list[WorkerUnderTest]
) -> None:
    """Two jobs show the same; whatever one worker films, the other waits for or found."""
    jobs = a_tutorial("first", 80), a_tutorial("second", 80)
    await rendered(queue_settings, *jobs)
    for worker in crew:
        worker.stop()
        worker.wait_for("worker.stopped")
    told = [line for one in crew for line in one.lines if line["event"] == "scenes.shared"]
    shots = crew[0].wait_for("preview.published")["shots"]

    assert sorted(line["job_id"] for line in told) == ["first", "second"]
    assert sum(line["kept"] for line in told) == shots
    assert sum(line["failed"] for line in told) == 0
    bucket = open_bucket(place)
    assert video(bucket, "first") == video(bucket, "second")


async def test_a_batch_is_joined_by_a_worker_that_filmed_little_of_it(
    queue_settings: QueueSettings, crew: list[WorkerUnderTest]
) -> None:
    """Its parts are filmed on two disks, and the whole finds all shots on its own."""
    job = a_tutorial("batch")
    producer = BullProducer(queue_settings)
    try:
        await producer.add_flow(flow_of(job, BatchPlan(parts=4)))
        await completed(queue_settings, job)
    finally:
        await producer.close()
    for worker in crew:
        worker.stop()
        worker.wait_for("worker.stopped")
    told = [line for one in crew for line in one.lines]
    filmed = [line for line in told if line["event"] == "part.filmed"]
    (published,) = [line for line in told if line["event"] == "preview.published"]
    assert published["reused_shots"] == published["shots"] == sum(one["shots"] for one in filmed)


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
async def test_a_dead_worker_holds_nobody_up(
    queue_settings: QueueSettings, place: BucketSettings, tmp_path: Path
) -> None:
    """What it had claimed is filmed by another one, as soon as its claims are over."""
    job, same = a_tutorial("first", 200), a_tutorial("second", 200)
    with a_worker(queue_settings, tmp_path / "one", **variables(place)) as victim:
        await added(queue_settings, job)
        victim.wait_for("job.started")
        await claimed(queue_settings)
        victim.stop(signal.SIGKILL)
    with a_worker(queue_settings, tmp_path / "two", **variables(place)) as other:
        await added(queue_settings, same)
        await completed(queue_settings, same)
        told = other.wait_for("scenes.shared", job_id="second")
    assert told["waited_s"] < 3 * CLAIM_MS / 1000
