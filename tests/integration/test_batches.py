"""Batches on real workers: the bytes of one worker alone, also when a worker is killed meanwhile.

``python -m tests.integration.test_batches 1000 4 16`` splits a tutorial of a thousand scenes into
16 parts for four workers and prints what came of it. With the file of a storyboard instead of a
number, its scenes are split, as often as a fourth argument says.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from preview_worker.queue import JobState, JobStatus, QueueSettings
from preview_worker.queue.controller import BullControls
from preview_worker.queue.embedded import EmbeddedRedis
from preview_worker.queue.producer import BullProducer
from tests.fakes.payloads import a_payload, a_request, encoded
from tests.redis_server import quick_settings
from tests.unit.render.jobs import draw_picture
from tests.workers import WorkerUnderTest, a_worker, environment, run_command

SCENES = 60
COMPARED = (
    "preview.mp4",
    "captions.srt",
    "captions.vtt",
    "chapters.json",
    "poster.jpg",
    "thumbnail.jpg",
    "contact-sheet.jpg",
)
_DEADLINE_S = 120


def a_tutorial(scenes: int) -> bytes:
    """Return the payload of a tutorial of so many short scenes, each of which looks different."""
    steps = [{"text": f"Step {n}: pass the lamp.", "durationSec": 0.4} for n in range(scenes)]
    request = a_request(steps=steps, options={"resolution": "160x90"})
    return encoded(a_payload(jobId="tutorial", previewRequest=request))


def a_long_storyboard(path: Path, times: int) -> bytes:
    """Return the payload of a storyboard whose scenes come again and again, each a little other."""
    payload = json.loads(path.read_bytes())
    scenes = payload["previewRequest"]["storyboard"]["scenes"]
    payload["previewRequest"]["storyboard"]["scenes"] = [
        {
            **scene,
            "id": f"{scene['id']}-{turn}",
            "overlays": [
                {**one, "text": f"{one['text']} ({turn})"} for one in scene.get("overlays", [])
            ],
        }
        for turn in range(times)
        for scene in scenes
    ]
    return encoded({**payload, "jobId": "tutorial", "projectId": "lighthouse"})


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the files of a preview that must be the same whoever renders it."""
    return {name: (folder / name).read_bytes() for name in COMPARED}


@contextmanager
def workers(
    settings: QueueSettings, data_dir: Path, count: int, **env: str
) -> Iterator[Sequence[WorkerUnderTest]]:
    """Run so many workers on one folder, a job at a time each."""
    env = {"PREVIEW_WORKER_CONCURRENCY": "1", **env}
    with ExitStack() as stack:
        yield [stack.enter_context(a_worker(settings, data_dir, **env)) for _ in range(count)]


def enqueue(settings: QueueSettings, data_dir: Path, payload: Path, parts: int, *more: str) -> None:
    """Add a payload as people do: as a batch, or alone when there are no parts."""
    batch = ("--batch", "--parts", str(parts), *more) if parts else ()
    env = environment(settings, data_dir, PREVIEW_QUEUE_MAX="64")
    done = run_command("enqueue", str(payload), *batch, "--json", env=env)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout).get("parts", 0) == parts


async def ended(settings: QueueSettings, within_s: float = _DEADLINE_S) -> JobStatus:
    """Return how the batch ended, as soon as it did."""
    producer = BullProducer(settings)
    async with asyncio.timeout(within_s):
        told = [status async for status in producer.watch("tutorial")]
    await producer.close()
    return told[-1]


async def forgotten(settings: QueueSettings) -> None:
    """Remove the jobs that have ended, as their producers have it done after a while."""
    controls = BullControls(settings)
    await controls.clean("completed")
    await controls.clean("failed")
    await controls.close()


def stopped(crew: Sequence[WorkerUnderTest]) -> list[dict[str, object]]:
    """Stop workers; return all that they logged."""
    for worker in crew:
        worker.stop()
        worker.wait_for("worker.stopped")
    return [line for worker in crew for line in worker.lines]


@pytest.fixture(scope="module")
def payload(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the tutorial."""
    path = tmp_path_factory.mktemp("batch") / "tutorial.json"
    path.write_bytes(a_tutorial(SCENES))
    return path


@pytest.fixture(scope="module")
def alone(payload: Path) -> dict[str, bytes]:
    """The files of its preview, rendered without a queue and without anything to reuse."""
    out = payload.parent / "alone"
    env = environment(QueueSettings(), payload.parent / "data")
    done = run_command("render", str(payload), "--out", str(out), env=env)
    assert done.returncode == 0, done.stderr
    return files_in(out)


def test_many_workers_make_the_bytes_of_one(
    queue_settings: QueueSettings, tmp_path: Path, payload: Path, alone: dict[str, bytes]
) -> None:
    """Every scene is filmed once, by a part, and the whole films none."""
    data_dir = tmp_path / "data"
    with workers(queue_settings, data_dir, 2) as crew:
        enqueue(queue_settings, data_dir, payload, 5)
        status = asyncio.run(ended(queue_settings))
        lines = stopped(crew)
    assert status.state is JobState.COMPLETED, status.failed_reason
    filmed = [line for line in lines if line["event"] == "part.filmed"]
    (published,) = [line for line in lines if line["event"] == "preview.published"]
    assert sorted(str(line["part"]) for line in filmed) == ["1", "2", "3", "4", "5"]
    assert published["reused_shots"] == published["shots"]
    assert sum(int(str(line["shots"])) for line in filmed) == published["shots"]
    assert files_in(data_dir / "previews" / "lighthouse" / "tutorial") == alone


def test_placeholders_stand_for_what_no_part_could_film(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """The rest is published; the same batch again, with what was wrong mended, is whole."""
    assets, data_dir, payload = tmp_path / "assets", tmp_path / "data", tmp_path / "job.json"
    assets.mkdir()
    draw_picture(assets / "good.png")
    (assets / "bad.png").write_bytes(b"<html>")
    names = ["good", "good", "good", "bad"]
    steps = [{"id": n, "text": n, "image": f"{n}.png", "durationSec": 0.4} for n in names]
    request = a_request(steps=steps, options={"resolution": "160x90"})
    payload.write_bytes(encoded(a_payload(jobId="tutorial", previewRequest=request)))
    published = data_dir / "previews" / "lighthouse" / "tutorial" / "preview-manifest.json"
    with a_worker(queue_settings, data_dir, PREVIEW_ASSET_ROOTS=str(assets)) as worker:
        enqueue(queue_settings, data_dir, payload, 2, "--on-failure", "placeholder")
        status = asyncio.run(ended(queue_settings))
        lacking = json.loads(published.read_text())
        draw_picture(assets / "bad.png")
        asyncio.run(forgotten(queue_settings))
        enqueue(queue_settings, data_dir, payload, 2, "--on-failure", "placeholder")
        again = asyncio.run(ended(queue_settings))
        mended = json.loads(published.read_text())
        lines = stopped([worker])
    assert (status.state, again.state) == (JobState.COMPLETED, JobState.COMPLETED)
    assert isinstance(status.return_value, dict)
    assert lacking["placeholders"] == status.return_value["placeholders"] == ["bad"]
    errors = [one["scene"] for one in lacking["findings"] if one["code"] == "scene.placeholder"]
    assert errors == ["bad"]
    assert "placeholders" not in mended
    assert lacking["timeline"] == mended["timeline"]
    told = [line for line in lines if line["event"] == "preview.published"]
    assert [line.get("placeholders") for line in told] == [1, None]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_batch_outlives_a_worker_that_is_killed(
    queue_settings: QueueSettings, tmp_path: Path, payload: Path, alone: dict[str, bytes]
) -> None:
    """Its part is filmed by another one, and one preview is published."""
    data_dir = tmp_path / "data"
    with workers(queue_settings, data_dir, 1) as (victim,):
        enqueue(queue_settings, data_dir, payload, 3)
        victim.wait_for("job.started")
        victim.stop(signal.SIGKILL)
        with workers(queue_settings, data_dir, 1) as crew:
            status = asyncio.run(ended(queue_settings))
            lines = [*stopped(crew), *victim.lines]
    assert status.state is JobState.COMPLETED, status.failed_reason
    assert [line["event"] for line in lines].count("preview.published") == 1
    assert files_in(data_dir / "previews" / "lighthouse" / "tutorial") == alone


@dataclass(frozen=True, slots=True)
class _Run:
    """What came of rendering one tutorial."""

    files: dict[str, bytes]
    lines: list[dict[str, object]]
    filmed: list[int]
    """How many parts each worker filmed."""
    wall_s: float
    cpu_s: float
    """Of all processes of all workers, from their start to their end."""


@dataclass(frozen=True, slots=True)
class _Trial:
    """What is rendered for the figures: a payload with its assets, over a Redis at ``url``."""

    url: str
    folder: Path
    payload: Path
    assets: Path

    def run(self, name: str, count: int, parts: int) -> _Run:
        """Render it on ``count`` workers, in parts if there are any."""
        settings, before_s = quick_settings(self.url), _spent_s()
        folder = self.folder / name
        with workers(settings, folder, count, PREVIEW_ASSET_ROOTS=str(self.assets)) as crew:
            began_s = time.monotonic()
            enqueue(settings, folder, self.payload, parts)
            status = asyncio.run(ended(settings, 3600))
            wall_s = time.monotonic() - began_s
            lines = stopped(crew)
        assert status.state is JobState.COMPLETED, status.failed_reason
        asyncio.run(forgotten(settings))
        filmed = [sum(line["event"] == "part.filmed" for line in worker.lines) for worker in crew]
        files = files_in(folder / "previews" / "lighthouse" / "tutorial")
        return _Run(files, lines, filmed, wall_s, _spent_s() - before_s)

    def idle_cpu_s(self, count: int) -> float:
        """Return the processor time that it takes to start and stop workers that do nothing."""
        before_s = _spent_s()
        with workers(quick_settings(self.url), self.folder / "idle", count) as crew:
            stopped(crew)
        return _spent_s() - before_s


def _spent_s() -> float:
    """Return the processor time of all processes that were started here and have ended."""
    used = os.times()
    return used.children_user + used.children_system


def _measured(content: bytes, assets: Path, count: int, parts: int) -> dict[str, object]:
    """Render a payload on one worker alone, and as a batch on ``count``; compare and time it."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        server = EmbeddedRedis(folder / "redis", durable=False)
        server.start()
        stack.callback(server.stop)
        payload = folder / "tutorial.json"
        payload.write_bytes(content)
        trial = _Trial(server.url, folder, payload, assets)
        idle = [trial.idle_cpu_s(workers) for workers in (1, count)]
        alone, batch = trial.run("alone", 1, 0), trial.run("batch", count, parts)
    spent = [run.cpu_s - start_s for run, start_s in zip((alone, batch), idle, strict=True)]
    published = [line for line in batch.lines if line["event"] == "preview.published"]
    return {
        "workers": count,
        "parts": parts,
        "parts_by_worker": batch.filmed,
        "shots": published[0]["shots"],
        "same_bytes": batch.files == alone.files,
        "published": len(published),
        "alone": {"wall_s": round(alone.wall_s, 1), "cpu_s": round(alone.cpu_s, 1)},
        "batch": {"wall_s": round(batch.wall_s, 1), "cpu_s": round(batch.cpu_s, 1)},
        "start_cpu_s": [round(start_s, 1) for start_s in idle],
        "cpu_without_start_s": [round(one_s, 1) for one_s in spent],
        "work_per_cpu": round(spent[0] / spent[1], 3),
    }


if __name__ == "__main__":
    subject, *rest = sys.argv[1:]
    crew_size, part_count, turns = [*map(int, rest), 1, 1][:3]
    if subject.isdecimal():
        figures = _measured(a_tutorial(int(subject)), Path(), crew_size, part_count)
    else:
        place = Path(subject).resolve()
        figures = _measured(a_long_storyboard(place, turns), place.parent, crew_size, part_count)
    print(json.dumps(figures, indent=2))  # noqa: T201 -- a command
