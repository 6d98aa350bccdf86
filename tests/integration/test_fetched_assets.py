"""Assets at other hosts, from the queue to the preview: real Redis, real TLS, real rendering."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from preview_worker.bootstrap.assembly import WorkerProcess
from preview_worker.bootstrap.observers import Observers
from preview_worker.events import JobSettled
from preview_worker.queue import JobRequest, QueueSettings
from preview_worker.queue.producer import BullProducer
from preview_worker.settings import load_settings
from tests.asset_host import Desk, a_desk, hangs, says
from tests.collector import a_collector
from tests.fakes.observers import Recorder
from tests.fakes.payloads import a_payload, a_request

pytestmark = pytest.mark.anyio

COLOUR = (255, 0, 255)
TAG = 'ETag: "one"'


def a_picture() -> bytes:
    """Return a PNG of a colour that no theme has."""
    stream = io.BytesIO()
    Image.new("RGB", (64, 48), COLOUR).save(stream, "PNG")
    return stream.getvalue()


def share_shown(video: Path) -> float:
    """Return the largest share of any frame that has the picture's colour."""
    with av.open(str(video)) as container:
        frames = (frame.to_ndarray(format="rgb24") for frame in container.decode(video=0))
        return max(
            float((np.abs(frame.astype(int) - COLOUR).max(axis=2) < 40).mean()) for frame in frames
        )


@asynccontextmanager
async def a_worker_at(
    desk: Desk, queue: QueueSettings, data_dir: Path, **more: str
) -> AsyncIterator[tuple[Recorder, BullProducer]]:
    """Run a whole worker in this process, whose only difference is whom its names lead to."""
    settings = load_settings(
        redis_url=queue.redis_url,
        preview_queue_name=queue.queue_name,
        data_dir=data_dir,
        health_port=0,
        preview_health_host="127.0.0.1",
        **more,
    )
    recorder, producer = Recorder(), BullProducer(queue)
    worker = WorkerProcess(settings, Observers(recorder), desk.fetcher)
    working = asyncio.create_task(worker.run(signals=False))
    try:
        yield recorder, producer
    finally:
        worker.runner.stop()
        worker.runner.stop()
        await working
        await producer.close()


async def add(producer: BullProducer, job_id: str, address: str) -> None:
    """Add a job whose one step shows the picture at ``address``."""
    steps = [{"text": "Deal five cards.", "image": address}]
    request = a_request(steps=steps, options={"resolution": "320x180"})
    payload = a_payload(jobId=job_id, previewRequest=request)
    await producer.add(JobRequest(payload=payload, job_id=job_id))


async def test_a_picture_at_another_host_is_in_the_preview(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """D9: it is seen in the video, and the next job is told that it is still the same."""
    async with (
        a_desk(tmp_path) as desk,
        a_worker_at(desk, queue_settings, tmp_path / "data") as (recorder, producer),
    ):
        same = says(status="304 Not Modified", length=None)
        address = desk.host.serve("/board.png", says(a_picture(), headers=[TAG]), same)
        await add(producer, "job-1", address)
        assert (await recorder.wait_for(JobSettled)).result == "completed"
        await add(producer, "job-2", address)
        assert (await recorder.wait_for(JobSettled, 2)).result == "completed"
        conditions = [one.headers.get("if-none-match") for one in desk.host.requests]
    assert conditions == [None, '"one"']
    shelf = tmp_path / "data" / "previews" / "lighthouse"
    for job_id in ("job-1", "job-2"):
        assert share_shown(shelf / job_id / "preview.mp4") > 0.05


async def test_each_asset_is_seen_in_the_trace_of_its_job(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """By its host, what came of it and how often it was asked, but not by its address."""
    with a_collector() as collector:
        traced = {"otel_exporter_otlp_endpoint": collector.endpoint}
        async with (
            a_desk(tmp_path, backoff_s=0.01, max_pause_s=0.02) as desk,
            a_worker_at(desk, queue_settings, tmp_path / "data", **traced) as (recorder, producer),
        ):
            busy = says(status="503 Service Unavailable")
            address = desk.host.serve("/board.png", busy, says(a_picture()))
            await add(producer, "job-1", address)
            assert (await recorder.wait_for(JobSettled)).result == "completed"
    [asset] = collector.wait_for("fetch asset")
    [fetch] = collector.wait_for("fetch")
    assert asset.parent_id == fetch.span_id
    assert asset.attributes["server.address"] in address
    assert asset.attributes["preview.asset.size_bytes"] == len(a_picture())
    assert asset.attributes["preview.asset.tries"] >= 2
    assert "board.png" not in repr(collector.spans)


async def test_a_page_that_is_sent_for_a_picture_is_no_picture(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """D10: its type is found by looking at it, whatever its host says."""
    async with (
        a_desk(tmp_path) as desk,
        a_worker_at(desk, queue_settings, tmp_path / "data") as (recorder, producer),
    ):
        page = says(b"<html>Please log in</html>", headers=["Content-Type: image/png"])
        await add(producer, "job-1", desk.host.serve("/board.png", page))
        settled = await recorder.wait_for(JobSettled)
    assert (settled.result, settled.code) == ("failed", "invalid.asset_type")


async def test_an_asset_that_is_gone_fails_the_job_with_its_place(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """D4: at once, and for good."""
    async with (
        a_desk(tmp_path) as desk,
        a_worker_at(desk, queue_settings, tmp_path / "data") as (recorder, producer),
    ):
        await add(producer, "job-1", desk.host.serve("/gone.png", says(status="404 Not Found")))
        settled = await recorder.wait_for(JobSettled)
    assert (settled.result, settled.code) == ("failed", "invalid.asset_missing")
    assert settled.reason is not None
    assert settled.reason.startswith("/previewRequest/steps/0/image: The asset 'https://img.exam")


async def test_a_worker_that_stops_hands_back_a_job_that_waits_for_an_asset(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """The transfer ends with it."""
    async with a_desk(tmp_path) as desk:
        async with a_worker_at(desk, queue_settings, tmp_path / "data") as (recorder, producer):
            await add(producer, "job-1", desk.host.serve("/board.png", hangs))
            await desk.host.served.wait()
        assert [one.result for one in recorder.all_of(JobSettled)] == ["handed_back"]
        async with asyncio.timeout(10):
            await desk.host.ended.wait()
