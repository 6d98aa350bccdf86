"""Batches: tutorials on several workers, struck at chosen moments; previews in a bucket."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from chaos.aimed import Aim, Marksman, plan_aims
from chaos.batch_orders import BatchOrder, Desk, draw_batches
from chaos.batch_verdict import (
    Digests,
    digests_of,
    judge_attempts,
    judge_bytes,
    judge_publications,
    judge_webhooks,
    look_up,
)
from chaos.exercise import Exercise, exercise
from chaos.orders import PROJECT, Order, OrderBook
from chaos.percentiles import percentile
from chaos.producers import PythonProducer, node_is_there
from chaos.report import Report
from chaos.storage_gate import StorageGate
from preview_worker.artifacts.objects.bucket import open_bucket
from preview_worker.artifacts.objects.settings import BucketSettings
from preview_worker.queue import QueueSettings
from preview_worker.queue.keys import QueueKeys
from tests import ceph
from tests.hook_receiver import Receiver, a_receiver
from tests.webhook_bench import SECRET
from tests.workers import WorkerUnderTest, a_worker

MOST = 100
"""As many completed jobs as the queue keeps of those that our own producers add."""
HOMES = ("scenes", "own", "shared")
"""Each worker has its own DATA_DIR and scenes are shared; or they are not; or the folder is."""
_SERVE = ("-m", "preview_worker", "serve")
_POLL_S = 0.2
_GOLDEN_S = 900.0
_END_S = 900.0
"""A batch that takes longer is stuck, whatever was done to it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many batches and strikes, how many at once, and what the workers share."""

    batches: int
    strikes: int
    at_once: int
    workers: int
    outage_s: tuple[float, float]
    """How long the storage is away, at least and at most."""
    recovery_s: float
    """How soon a batch has to end after the last strike at it."""
    home: str
    """Whether all workers are on one DATA_DIR, or share their scenes by way of the bucket."""


@dataclass(slots=True)
class _Times:
    """How long batches took, and how long after the last strike at them."""

    whole_s: list[float] = field(default_factory=list)
    after_s: list[float] = field(default_factory=list)


@dataclass(slots=True)
class _Site:
    """What there is beside the exercise."""

    here: Exercise
    gate: StorageGate
    direct: BucketSettings
    receiver: Receiver
    desk: Desk
    times: _Times = field(default_factory=_Times)


async def batches(report: Report, folder: Path, plan: Plan) -> None:
    """Render every tutorial by one worker alone, then all as batches in a storm, and compare."""
    if plan.home != HOMES[0]:
        report.part = f"{report.part}, {plan.home}"  # the page has room for each
    orders = draw_batches(report.seed, plan.batches)
    aims = plan_aims(report.seed, plan.batches, plan.strikes, plan.outage_s)
    async with _site(report, folder) as site:
        golden = await _golden(site.here, orders)
        await _man(site, plan)
        marksman, room = Marksman(site.here, site.gate), asyncio.Semaphore(plan.at_once)
        async with asyncio.TaskGroup() as group:
            for number, order in enumerate(orders):
                await room.acquire()
                ours = [aim for aim in aims if aim.batch == number]
                running = group.create_task(_batch(site, marksman, order, ours))
                running.add_done_callback(lambda _: room.release())
        await site.here.judge_jobs()
        await _judge(site, orders, golden)
        _measure(site, orders, plan)


@asynccontextmanager
async def _site(report: Report, folder: Path) -> AsyncIterator[_Site]:
    if not ceph.FOLDER:
        sys.exit("CEPH_FOR_TESTS names no folder; tools/ceph makes one")
    async with AsyncExitStack() as stack:
        book = OrderBook(report.seed, node=node_is_there())
        here = await stack.enter_async_context(exercise(report, folder, book))
        run = folder / "ceph"
        run.mkdir()
        storage = stack.enter_context(ceph.running(Path(ceph.FOLDER), run, here.census.own))
        gate = await stack.enter_async_context(StorageGate(storage.port))
        receiver = await stack.enter_async_context(a_receiver())
        server = a_worker(here.ground.settings, here.ground.data_dir, _SERVE, "probes.serving")
        serving = stack.enter_context(server)
        here.census.own.add(serving.process.pid)
        here.neighbours |= {gate.port, receiver.port}
        desk = Desk(here.ground, serving.probes, here.market.node, here.census.own)
        if here.market.node is None:
            report.notes.append("There is no Node with BullMQ, so its batches came by command.")
        yield _Site(here, gate, storage.settings(), receiver, desk)


async def _golden(here: Exercise, orders: Sequence[BatchOrder]) -> Mapping[str, Digests]:
    """Return the digests of all previews as one worker makes them that nothing disturbs."""
    settings = replace(here.ground.settings, queue_name="golden")
    home = here.ground.folder / "golden"
    with a_worker(settings, home, TMPDIR=str(here.ground.folder / "tmp")) as worker:
        here.census.own.add(worker.process.pid)
        producer = PythonProducer(settings)
        for order in orders:
            await producer.submit(Order(order.id, order.payload))
        async with asyncio.timeout(_GOLDEN_S):
            for order in orders:
                await _until_ended(here, settings, order.id)
        await producer.close()
        await asyncio.to_thread(_stop, worker)
    previews = home / "previews" / PROJECT
    return {order.id: digests_of(previews / order.id) for order in orders}


def _stop(worker: WorkerUnderTest) -> None:
    assert worker.stop() == 0


async def _man(site: _Site, plan: Plan) -> None:
    """Man the berths, and wait until all take jobs."""
    here, bucket = site.here, site.direct
    told = {
        "PREVIEW_WORKER_CONCURRENCY": "1",
        "PREVIEW_STORAGE_URL": bucket.url,
        "PREVIEW_STORAGE_ENDPOINT": f"http://127.0.0.1:{site.gate.port}",
        "PREVIEW_STORAGE_ALLOW_HTTP": "true",
        "PREVIEW_STORAGE_ACCESS_KEY_ID": bucket.access_key_id or "",
        "PREVIEW_STORAGE_SECRET_ACCESS_KEY": bucket.secret_access_key or "",
        "PREVIEW_WEBHOOK_URLS": site.receiver.url,
        "PREVIEW_WEBHOOK_SECRETS": SECRET,
    }
    if plan.home == "scenes":
        told["PREVIEW_STORAGE_SCENES"] = "true"
    if plan.home != "shared":
        folder = here.ground.folder
        here.homes = [folder / f"home-{number}" for number in range(1, plan.workers + 1)]
    for number in range(plan.workers):
        home = here.homes[number] if here.homes else here.ground.data_dir
        await here.crew.man(DATA_DIR=str(home), **told)
    for berth in here.crew.berths:
        await berth.up.wait()


async def _batch(site: _Site, marksman: Marksman, order: BatchOrder, aims: Sequence[Aim]) -> None:
    """Order a batch, strike at it, and return when it has ended and nothing is broken any more."""
    here, began_s = site.here, time.monotonic()
    moments = [marksman.expect(aim, order.id, order.parts) for aim in aims]
    pairs = zip(aims, moments, strict=True)
    strikes = [asyncio.create_task(marksman.strike(*pair)) for pair in pairs]
    await site.desk.place(order)
    here.market.submitted[order.id] = Order(order.id, order.payload)
    with suppress(TimeoutError):  # the states will tell
        async with asyncio.timeout(_END_S):
            await _until_ended(here, here.ground.settings, order.id)
    ended_s = time.monotonic()
    for moment in moments:
        moment.cancel()
    over_s = await asyncio.gather(*strikes)
    site.times.whole_s.append(ended_s - began_s)
    site.times.after_s.append(max(0.0, ended_s - max([began_s, *over_s])))


async def _until_ended(here: Exercise, settings: QueueSettings, job_id: str) -> None:
    """Return when a job has ended for good."""
    key = str(QueueKeys(settings.prefix, settings.queue_name).job(job_id))
    while await here.ground.call("HGET", key, "finishedOn") is None:  # noqa: ASYNC110 -- see reach
        await asyncio.sleep(_POLL_S)


async def _judge(site: _Site, orders: Sequence[BatchOrder], golden: Mapping[str, Digests]) -> None:
    """Hold what readers find, and what was written, against what must hold of batches."""
    report, ledger = site.here.report, site.here.ledger
    bucket, ids = open_bucket(site.direct), [order.id for order in orders]
    kept = {one: await asyncio.to_thread(look_up, bucket, one) for one in ids}
    judge_bytes(report, golden, kept)
    judge_publications(report, ids, (site.gate.written, site.gate.unanswered), ledger.published)
    judge_attempts(report, ledger.spent)
    judge_webhooks(report, ids, site.receiver.posts)
    unseen = sum(one.folders for one in kept.values()) - len(ids)
    report.figure("uploads that were never shown, left for the sweeper", unseen)


def _measure(site: _Site, orders: Sequence[BatchOrder], plan: Plan) -> None:
    report, times, ledger = site.here.report, site.times, site.here.ledger
    report.figure("parts", sum(order.parts for order in orders))
    report.figure("workers", plan.workers)
    report.figure("strikes", sum(report.faults.values()))
    report.figure("repeated executions", ledger.repeated)
    report.figure("requests that we answered 503", site.gate.refused)
    report.figure("order to end, median", round(percentile(times.whole_s, 50), 1), "s")
    report.figure("order to end, longest", round(percentile(times.whole_s, 100), 1), "s")
    report.figure("last strike to end, median", round(percentile(times.after_s, 50), 1), "s")
    longest_s = round(percentile(times.after_s, 100), 1)
    report.figure("last strike to end, longest", longest_s, "s", limit=plan.recovery_s)
