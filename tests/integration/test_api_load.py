"""The serving process under load and in trouble: slow clients, restarts, Redis away, its end."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from benchmarks.events import Load, measure
from preview_worker.api import ProbeSettings
from preview_worker.api.crier import Change
from preview_worker.api.summaries import JobSummary
from preview_worker.queue import Completed, JobState, QueueSettings
from preview_worker.queue.embedded import EmbeddedRedis
from tests.api_server import KEYS, SECRETS, Counter, counter
from tests.event_stream import listening, until
from tests.fakes.payloads import a_payload
from tests.redis_server import leased, quick_settings
from tests.workers import WorkerUnderTest, a_worker

pytestmark = pytest.mark.anyio
_PATIENCE_S = 30
SERVE = ("-m", "preview_worker", "serve")


@pytest.mark.skipif(
    not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from Linux's /proc"
)
def test_every_one_of_two_hundred_listeners_hears_of_every_change() -> None:
    """The benchmark, small: its bound here is wide, since the machine may do other things."""
    found = measure(Load(clients=200, rate=2, seconds=2))

    assert found["changes"] == 4 * 12
    assert found["missed"] == 0
    assert found["others"].get("ended", 0) == 0
    assert found["delay_ms"]["median"] < 10_000


async def test_a_client_that_reads_nothing_is_told_to_begin_anew(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """It holds up nobody, costs a bounded amount of memory, and stays connected."""
    async with counter(queue_settings, tmp_path) as desk, asyncio.timeout(_PATIENCE_S):
        await desk.services.keeper.stop()  # it would forget the jobs that only this test knows
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
            slow.setblocking(False)  # noqa: FBT003 -- the standard library takes it by position
            loop = asyncio.get_running_loop()
            await loop.sock_connect(slow, ("127.0.0.1", desk.port))
            await loop.sock_sendall(slow, b"GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\n\r\n")
            heard = bytearray()
            while b"retry" not in heard:
                heard += await loop.sock_recv(slow, 4096)
            shout(desk, range(200), chars=30_000)  # more than all buffers between the two hold
            await desk.client.get("/livez")
            async with listening(desk.client) as events:
                for first in range(200, 1950, 350):
                    shout(desk, range(first, first + 350), chars=10)
                    await until(events, "job", id=f"job-{first + 349}")
            shout(desk, range(5000, 5001), chars=10)
            while b"job-5000" not in heard[-2000:]:
                heard += await loop.sock_recv(slow, 1 << 20)

    assert heard.count(b"event: reset") == 1
    assert heard.count(b"event: job") < 1950  # some were on their way, and the rest was not kept


def shout(desk: Counter, numbers: range, chars: int) -> None:
    """Have jobs appear, with that much to say of each."""
    for number in numbers:
        job = JobSummary(f"job-{number}", JobState.WAITING, title="t" * chars)
        desk.services.keeper.index.put(job)
        desk.services.crier.tell(Change(f"1-{number}", "job", job.id))


async def test_streams_leave_connections_for_requests_and_probes(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """A server that only streams would be killed by whoever probes it."""
    async with counter(queue_settings, tmp_path) as desk, AsyncExitStack() as streams:
        crowd = httpx.AsyncClient(base_url=desk.client.base_url, limits=httpx.Limits())
        await streams.enter_async_context(crowd)
        for _ in range(ProbeSettings().max_listeners):
            await streams.enter_async_context(listening(crowd))
        refused = await desk.client.get("/api/v1/events")
        asked = await desk.client.get("/api/v1/queue")

    assert refused.status_code == 503
    assert refused.json()["code"] == "streams.full"
    assert int(refused.headers["retry-after"]) > 0
    assert asked.status_code == 200


async def test_whoever_comes_back_after_a_restart_hears_what_was_missed(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Events happen whether or not somebody serves them."""
    async with (
        counter(queue_settings, tmp_path) as desk,
        listening(desk.client) as events,
    ):
        await desk.submit(jobId="before")
        last = (await until(events, "job", id="before")).id
    async with counter(queue_settings, tmp_path) as desk:
        await desk.submit(jobId="during")
        await desk.until_known("during")
        async with listening(desk.client, headers={"last-event-id": last}) as events:
            first = await anext(events)

    assert (first.name, first.data["id"]) == ("job", "during")


async def test_an_id_of_one_server_is_good_at_every_other(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """A load balancer sends whoever comes back to any of them."""
    async with (
        counter(queue_settings, tmp_path / "one") as one,
        counter(queue_settings, tmp_path / "other") as other,
    ):
        async with listening(one.client) as events:
            await one.submit(jobId="a")
            last = (await until(events, "job", id="a")).id
        await one.submit(jobId="b")
        job = await leased(one.queue)
        await one.queue.settle(job, Completed({"status": "success"}))
        await other.until_known("b")
        async with listening(other.client, headers={"last-event-id": last}) as events:
            seen = await until(events, "job", id="b")
            ended = await until(events, "job", id=job.id, state="completed")

    assert seen.data["id"] == "b"
    assert ended.data["id"] == job.id


async def test_streams_stay_open_while_redis_is_away(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """Requests are refused with a time to come back; whoever listens hears to look anew."""
    server = EmbeddedRedis(tmp_path_factory.mktemp("redis"), durable=False)
    server.start()
    try:
        async with counter(quick_settings(server.url), tmp_path) as desk:
            await desk.services.keeper.ready.wait()
            async with listening(desk.client) as events:
                await desk.submit(jobId="before")
                await until(events, "job", id="before")
                await asyncio.to_thread(server.stop)
                refused = await desk.client.get("/api/v1/jobs/before")
                last = desk.services.keeper.place
                async with listening(desk.client, headers={"last-event-id": last}) as late:
                    first = await anext(late)
                await asyncio.to_thread(server.start)
                await until(events, "reset")
                await desk.submit(jobId="after")
                await until(events, "job", id="after")
    finally:
        await asyncio.to_thread(server.stop)

    assert refused.status_code == 503
    assert refused.json()["code"] == "queue.unavailable"
    assert int(refused.headers["retry-after"]) > 0
    assert first.name == "reset"


async def test_a_server_that_is_stopped_ends_its_streams(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Whoever listens need not wait for a timeout, and neither need whoever stops it."""
    with a_worker(queue_settings, tmp_path, SERVE, "probes.serving") as site:
        async with (
            httpx.AsyncClient(base_url=site.probes, timeout=_PATIENCE_S) as client,
            asyncio.timeout(_PATIENCE_S),
            client.stream("GET", "/api/v1/events") as first,
            client.stream("GET", "/live") as second,
        ):
            ends = asyncio.gather(first.aread(), second.aread())
            site.process.send_signal(signal.SIGTERM)
            await ends
        status = await asyncio.to_thread(site.process.wait, _PATIENCE_S)

    assert status == 0


async def test_a_removed_job_is_told_to_nobody_else(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Its id is data of its project."""
    keys = f"{KEYS},paul:read:project-01234567@p-1"
    async with counter(queue_settings, tmp_path, keys=keys, secret=SECRETS["operate"]) as desk:
        theirs = {"x-mobius-api-key": "project-01234567"}
        for job_id, project_id in (("j-2", "p-2"), ("j-1", "p-1")):
            await desk.submit(jobId=job_id, projectId=project_id)
            await desk.until_known(job_id)
        async with listening(desk.client, headers=theirs) as events:
            await desk.services.controls.drain()
            removed = await until(events, "removed")

    assert removed.data == {"id": "j-1"}


@pytest.mark.skipif(not Path("/proc").exists(), reason="processes are counted in Linux's /proc")
async def test_a_still_is_painted_by_the_zygote_of_the_worker_beside(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Media libraries are loaded once, not once for previews and once for stills."""
    with a_worker(queue_settings, tmp_path, ("-m", "preview_worker", "up")) as worker:
        before = zygotes_of(worker)
        async with httpx.AsyncClient(base_url=worker.probes, timeout=_PATIENCE_S) as client:
            answer = await client.post("/api/v1/stills", json=a_payload())
        after = zygotes_of(worker)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/webp"
    assert len(before) == 1
    assert after == before


def zygotes_of(worker: WorkerUnderTest) -> list[str]:
    """Return the processes that a worker itself started; theirs are renders."""
    pid = worker.process.pid
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
