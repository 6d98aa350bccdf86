"""Assets in a bucket, from the queue to the preview: real Redis, Ceph's gateway, real rendering."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from preview_worker.artifacts.objects.depot import open_depot
from preview_worker.artifacts.objects.settings import BucketSettings
from preview_worker.bootstrap.assembly import WorkerProcess
from preview_worker.bootstrap.examination import look_at_assets
from preview_worker.bootstrap.handiwork import render_payload
from preview_worker.bootstrap.observers import Observers
from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.events import AssetFetched, IntakeStopped, JobSettled
from preview_worker.queue import JobRequest, QueueSettings
from preview_worker.queue.producer import BullProducer
from preview_worker.settings import Settings, load_settings
from tests.ceph import Storage, object_storage
from tests.depots import a_bucket_at, a_fetcher
from tests.fakes.observers import Recorder
from tests.fakes.payloads import a_payload, a_request
from tests.integration.test_fetched_assets import a_picture, share_shown
from tests.redis_server import queue_settings, redis_server
from tests.storage_door import StorageDoor

__all__ = ["object_storage", "queue_settings", "redis_server"]

pytestmark = pytest.mark.anyio


NOWHERE = "http://127.0.0.1:1"


def settings_for(bucket: BucketSettings, data_dir: Path, **more: str) -> Settings:
    """Return the settings of a worker whose assets are in ``bucket``."""
    return load_settings(
        preview_assets_url=bucket.url,
        preview_storage_endpoint=bucket.endpoint,
        preview_storage_allow_http=True,
        preview_storage_access_key_id=bucket.access_key_id,
        preview_storage_secret_access_key=bucket.secret_access_key,
        data_dir=data_dir,
        health_port=0,
        preview_health_host="127.0.0.1",
        **more,
    )


@asynccontextmanager
async def a_worker(
    bucket: BucketSettings, queue: QueueSettings, data_dir: Path
) -> AsyncIterator[tuple[Recorder, BullProducer]]:
    """Run a whole worker in this process, put together as it is for people."""
    settings = settings_for(
        bucket, data_dir, redis_url=queue.redis_url, preview_queue_name=queue.queue_name
    )
    recorder, producer = Recorder(), BullProducer(queue)
    worker = WorkerProcess(settings, Observers(recorder))
    working = asyncio.create_task(worker.run(signals=False))
    try:
        yield recorder, producer
    finally:
        worker.runner.stop()
        worker.runner.stop()
        await working
        await producer.close()


def payload_of(image: str = "go/board.png", **more: object) -> dict[str, object]:
    """Return a payload whose one step shows a picture that only the bucket has."""
    steps = [{"text": "Deal.", "image": image}]
    request = a_request(steps=steps, options={"resolution": "320x180"}, **more)
    return a_payload(previewRequest=request)


async def add(producer: BullProducer, job_id: str, image: str, *, dry_run: bool = False) -> None:
    """Add a job that shows ``image``."""
    payload = {**payload_of(image), "jobId": job_id, "dryRun": dry_run}
    await producer.add(JobRequest(payload=payload, job_id=job_id))


async def test_a_picture_in_the_bucket_is_in_the_preview(
    object_storage: Storage, queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """It is seen in the video; the next job, which gives its address, learns it is the same."""
    bucket = object_storage.settings()
    a_bucket_at(bucket, tmp_path).put("go/board.png", a_picture())
    async with a_worker(bucket, queue_settings, tmp_path / "data") as (recorder, producer):
        await add(producer, "job-1", "go/board.png")
        assert (await recorder.wait_for(JobSettled)).result == "completed"
        await add(producer, "job-2", f"{bucket.url}/go/board.png", dry_run=True)
        assert (await recorder.wait_for(JobSettled, 2)).result == "completed"
    visits = recorder.all_of(AssetFetched)
    assert [(one.scheme, one.host) for one in visits] == [("s3", bucket.bucket)] * 2
    assert [(one.size_bytes, one.cached) for one in visits] == [
        (len(a_picture()), False),
        (0, True),
    ]
    video = tmp_path / "data" / "previews" / "lighthouse" / "job-1" / "preview.mp4"
    assert share_shown(video) > 0.05


async def test_a_bucket_that_is_away_is_a_reason_to_take_no_jobs(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """They wait for it, or for a worker who can reach it."""
    away = BucketSettings(url="s3://pictures", endpoint=NOWHERE, allow_http=True)
    away = replace(away, access_key_id="a", secret_access_key="b")
    async with a_worker(away, queue_settings, tmp_path) as (recorder, _):
        stopped = await recorder.wait_for(IntakeStopped)
    assert "assets: " in stopped.reason


async def test_a_missing_picture_is_told_as_a_missing_file_is(
    object_storage: Storage, tmp_path: Path
) -> None:
    """With its place in the payload and the name that it has there."""
    settings = settings_for(object_storage.settings(), tmp_path / "data")
    raw = json.dumps(payload_of()).encode()
    with pytest.raises(
        PreviewError, match=r"steps/0/image does not exist \('go/board.png'\)"
    ) as no:
        await render_payload(raw, settings, tmp_path / "out", Recorder())
    assert no.value.code is ErrorCode.ASSET_MISSING


async def test_the_examination_asks_for_the_bucket(object_storage: Storage, tmp_path: Path) -> None:
    """One that does not answer is told with its reason; none at all is no subject."""
    settings = settings_for(object_storage.settings(), tmp_path)
    away = settings.model_copy(update={"preview_storage_endpoint": NOWHERE})
    [found], [missed] = await look_at_assets(settings), await look_at_assets(away)
    assert (found.name, found.ok) == ("assets", True)
    assert found.detail == f"{settings.preview_assets_url} answers"
    assert not missed.ok
    assert "it cannot be reached" in missed.detail
    assert await look_at_assets(load_settings(data_dir=tmp_path)) == []


async def test_a_line_that_breaks_is_not_seen_in_the_preview(
    object_storage: Storage, tmp_path: Path
) -> None:
    """The answer is lost once, and asked for again."""
    bucket = object_storage.settings()
    a_bucket_at(bucket, tmp_path).put("go/board.png", a_picture())
    recorder = Recorder()
    async with StorageDoor(object_storage.port) as door:
        door.lose_reply_to("board.png")
        settings = settings_for(door.beside(bucket), tmp_path / "data")
        raw = json.dumps(payload_of()).encode()
        await render_payload(raw, settings, tmp_path / "out", recorder)
        assert door.lost.is_set()
    assert [visit.tries for visit in recorder.all_of(AssetFetched)] == [2]
    assert share_shown(tmp_path / "out" / "preview.mp4") > 0.05


async def test_no_preview_is_made_without_a_sound_that_storage_did_not_give(
    object_storage: Storage, tmp_path: Path
) -> None:
    """A sound that does not exist is left out; one that cannot be had now fails the attempt."""
    bucket = object_storage.settings()
    place = a_bucket_at(bucket, tmp_path)
    place.put("go/board.png", a_picture())
    raw = json.dumps(payload_of(audio={"music": {"url": "music/sea.mp3"}})).encode()
    settings = settings_for(bucket, tmp_path / "data")
    await render_payload(raw, settings, tmp_path / "without", Recorder())
    assert (tmp_path / "without" / "preview.mp4").exists()

    away = replace(bucket, endpoint=NOWHERE)
    fetcher = a_fetcher(open_depot(away, 60), tmp_path / "cache")
    with pytest.raises(PreviewError) as caught:
        await render_payload(raw, settings, tmp_path / "out", Recorder(), fetcher)
    assert caught.value.code is ErrorCode.STORAGE
    assert not (tmp_path / "out" / "preview.mp4").exists()
