"""The reader race: previews are read, whole, while they are published again and again."""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Protocol

from chaos.report import Report
from chaos.witness import GoneError, read_whole
from preview_worker.artifacts import ArtifactSettings, PreviewDraft
from preview_worker.artifacts.local import LocalStore
from preview_worker.contract import RenderedFile, RenderedPreview

_PROJECT = "race"
_JOBS = 4
_AHEAD = 50
"""Publications may be so far ahead of their share of the reads."""
_BATCH = 200
_OLD = 8
"""So many previews each reader keeps open while newer ones take their places."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How often previews are read and published."""

    reads: int
    publishes: int
    readers: int


class _Counter(Protocol):
    value: int


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one reader saw."""

    reads: int
    versions: int
    kept_open: int
    absent: int
    gone: int
    wrong: tuple[str, ...]


async def readers(report: Report, folder: Path, plan: Plan) -> None:
    """Have processes read while this one publishes; both spread over the whole time."""
    context = multiprocessing.get_context("spawn")
    progress = [context.Value("q", 0) for _ in range(plan.readers)]
    over, seen = context.Event(), context.Queue()
    stores = [LocalStore(ArtifactSettings(data_dir=folder / "data")) for _ in "ab"]
    publisher = _Publisher(stores, itertools.count(1))
    for job in range(_JOBS):
        await publisher.publish(job)
    share = -(-plan.reads // plan.readers)
    previews = folder / "data" / "previews" / _PROJECT
    processes = [
        context.Process(
            target=_read, args=(previews, share, report.seed + n, progress[n], over, seen)
        )
        for n in range(plan.readers)
    ]
    began_s = time.monotonic()
    for process in processes:
        process.start()
    try:
        await _publish(publisher, plan, lambda: sum(one.value for one in progress))
        over.set()
        told = [await asyncio.to_thread(seen.get) for _ in processes]
    finally:
        over.set()
        for process in processes:
            process.join(30)
            process.kill()
        for store in stores:
            await store.close()
    _measure(report, publisher, told, time.monotonic() - began_s)


async def _publish(publisher: _Publisher, plan: Plan, read: Callable[[], int]) -> None:
    draw = random.Random(plan.publishes)
    while publisher.done < plan.publishes:
        due = plan.publishes * read() // plan.reads + _AHEAD
        if publisher.done >= due:
            await asyncio.sleep(0.001)
            continue
        jobs = [draw.randrange(_JOBS) for _ in range(draw.choice((1, 1, 2)))]
        await asyncio.gather(*map(publisher.publish, jobs))
    while read() < plan.reads:  # noqa: ASYNC110 -- processes tell nobody
        await asyncio.sleep(0.05)


class _Publisher:
    """Publishes previews that differ in every byte, through two stores, sometimes at once."""

    def __init__(self, stores: list[LocalStore], numbers: itertools.count[int]) -> None:
        """Begin with nothing published; ``numbers`` are those that Redis would give."""
        self._stores = itertools.cycle(stores)
        self._numbers = numbers
        self.done = 0

    async def publish(self, job: int) -> None:
        """Publish another version of a job's preview."""
        version = next(self._numbers)
        store = next(self._stores)
        staging = await store.stage(_PROJECT, f"job-{job}", version)
        await asyncio.to_thread(_fill, staging.directory, version)
        await store.publish(staging, _draft(job, version), self._fence())
        self.done += 1

    def _fence(self) -> Callable[[int], Awaitable[int | None]]:
        async def number(above: int) -> int:
            return max(next(self._numbers), above + 1)

        return number


def _fill(folder: Path, version: int) -> None:
    for name in ("preview.mp4", "poster.jpg"):
        (folder / name).write_bytes(f"{name} {version}\n".encode() * 400)


def _draft(job: int, version: int) -> PreviewDraft:
    rendered = RenderedPreview(
        title=f"Version {version}",
        dry_run=True,
        files=(
            RenderedFile("preview.mp4", "video", "video/mp4"),
            RenderedFile("poster.jpg", "poster", "image/jpeg"),
        ),
        media=None,
        width_px=320,
        height_px=180,
        fps="30/1",
        frames=90,
        scenes=(),
        cues=0,
    )
    return PreviewDraft(
        job_id=f"job-{job}",
        project_id=_PROJECT,
        request_id=f"request-{version}",
        attempt=1,
        input_digest=f"digest-{version}",
        renderer="race",
        rendered=rendered,
        steps=0,
        assets=0,
    )


def _read(
    previews: Path, share: int, seed: int, progress: _Counter, over: Event, seen: Queue[_Seen]
) -> None:
    """Read whole previews until this reader did its share and the last one is published."""
    draw = random.Random(seed)
    open_ones: deque[tuple[int, bytes]] = deque()
    versions: set[str] = set()
    wrong: list[str] = []
    reads = kept = absent = gone = 0
    while reads < share or not over.is_set():
        place = previews / f"job-{draw.randrange(_JOBS)}"
        try:
            record, faults = read_whole(place)
        except GoneError:
            gone += 1
            continue
        except FileNotFoundError:
            absent += 1
            continue
        reads += 1
        wrong += faults
        versions.add(record.input_digest)
        if reads % _BATCH == 0:
            progress.value = reads
            kept += 1
            wrong += _look_at_old(open_ones, place)
    seen.put(_Seen(reads, len(versions), kept, absent, gone, tuple(wrong[:20])))


def _look_at_old(open_ones: deque[tuple[int, bytes]], place: Path) -> list[str]:
    """Keep another file open, and see that the one opened longest ago is what it was."""
    descriptor = os.open(place / "preview.mp4", os.O_RDONLY)
    open_ones.append((descriptor, os.pread(descriptor, 1 << 20, 0)))
    if len(open_ones) <= _OLD:
        return []
    oldest, content = open_ones.popleft()
    same = os.pread(oldest, 1 << 20, 0) == content
    os.close(oldest)
    return [] if same else ["an open file changed while it was open"]


def _measure(report: Report, publisher: _Publisher, told: list[_Seen], spent_s: float) -> None:
    reads = sum(one.reads for one in told)
    wrong = [line for one in told for line in one.wrong]
    absent, gone = sum(one.absent for one in told), sum(one.gone for one in told)
    report.figure("reads of whole previews", reads)
    report.figure("publications", publisher.done)
    report.figure("versions that a reader saw, at least", min(one.versions for one in told))
    report.figure("files kept open while they were replaced", sum(one.kept_open for one in told))
    report.figure("time", round(spent_s, 1), "s")
    report.figure("mixed reads", len(wrong), limit=0)
    report.figure("reads that found nothing", absent, limit=0)
    report.figure("reads whose preview was removed under way", gone, limit=0)
    report.invariant(
        "A1",
        holds=not wrong and not absent and not gone,
        evidence=f"{reads} reads against {publisher.done} publications, {len(wrong)} mixed, "
        f"{absent} of nothing, {gone} cut short{': ' if wrong else ''}{'; '.join(wrong[:5])}",
    )
