"""Batches on real workers: the bytes of one worker alone, also when a worker is killed meanwhile.

``python -m tests.integration.test_batches 1000 4`` splits a tutorial of a thousand scenes over four
workers and prints what came of it.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from preview_worker.queue import JobState, JobStatus, QueueSettings
from preview_worker.queue.embedded import EmbeddedRedis
from preview_worker.queue.producer import BullProducer
from tests.fakes.payloads import a_payload, a_request, encoded
from tests.redis_server import quick_settings
from tests.workers import WorkerUnderTest, a_worker, environment, run_command

SCENES = 90
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


def rendered_alone(settings: QueueSettings, folder: Path, payload: Path) -> dict[str, bytes]:
    """Render a payload without a queue and without a cache; return the files."""
    out = folder / "alone"
    env = environment(settings, folder / "data-alone")
    done = run_command("render", str(payload), "--out", str(out), env=env)
    assert done.returncode == 0, done.stderr
    return files_in(out)


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the files of a preview that must be the same whoever renders it."""
    return {name: (folder / name).read_bytes() for name in COMPARED}


@contextmanager
def workers(
    settings: QueueSettings, data_dir: Path, count: int
) -> Iterator[Sequence[WorkerUnderTest]]:
    """Run so many workers on one folder, a job at a time each."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(a_worker(settings, data_dir, PREVIEW_WORKER_CONCURRENCY="1"))
            for _ in range(count)
        ]


def enqueue(settings: QueueSettings, data_dir: Path, payload: Path, parts: int) -> None:
    """Add a payload as a batch, as people do."""
    words = ("enqueue", str(payload), "--batch", "--parts", str(parts), "--json")
    env = environment(settings, data_dir, PREVIEW_QUEUE_MAX="64")
    done = run_command(*words, env=env)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["parts"] == parts


async def ended(settings: QueueSettings, within_s: float = _DEADLINE_S) -> JobStatus:
    """Return how the batch ended, as soon as it did."""
    producer = BullProducer(settings)
    async with asyncio.timeout(within_s):
        told = [status async for status in producer.watch("tutorial")]
    await producer.close()
    return told[-1]


def stopped(crew: Sequence[WorkerUnderTest]) -> list[dict[str, object]]:
    """Stop workers; return all that they logged."""
    for worker in crew:
        worker.stop()
        worker.wait_for("worker.stopped")
    return [line for worker in crew for line in worker.lines]


@pytest.fixture
def payload(tmp_path: Path) -> Path:
    """A file with the tutorial."""
    path = tmp_path / "tutorial.json"
    path.write_bytes(a_tutorial(SCENES))
    return path


def test_many_workers_make_the_bytes_of_one(
    queue_settings: QueueSettings, tmp_path: Path, payload: Path
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
    assert files_in(data_dir / "previews" / "lighthouse" / "tutorial") == rendered_alone(
        queue_settings, tmp_path, payload
    )


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_batch_outlives_a_worker_that_is_killed(
    queue_settings: QueueSettings, tmp_path: Path, payload: Path
) -> None:
    """Its part is filmed by another one, and one preview is published."""
    data_dir = tmp_path / "data"
    with workers(queue_settings, data_dir, 1) as (victim,):
        enqueue(queue_settings, data_dir, payload, 3)
        victim.wait_for("job.started")
        victim.stop(signal.SIGKILL)
        with workers(queue_settings, data_dir, 2) as crew:
            status = asyncio.run(ended(queue_settings))
            lines = [*stopped(crew), *victim.lines]
    assert status.state is JobState.COMPLETED, status.failed_reason
    assert [line["event"] for line in lines].count("preview.published") == 1
    assert files_in(data_dir / "previews" / "lighthouse" / "tutorial") == rendered_alone(
        queue_settings, tmp_path, payload
    )


def _measured(scenes: int, count: int) -> dict[str, object]:
    """Render one tutorial as a batch on ``count`` workers and on one alone; compare and time it."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        server = EmbeddedRedis(folder / "redis", durable=False)
        server.start()
        stack.callback(server.stop)
        settings = quick_settings(server.url)
        payload = folder / "tutorial.json"
        payload.write_bytes(a_tutorial(scenes))
        data_dir = folder / "data"
        with workers(settings, data_dir, count) as crew:
            began_s = time.monotonic()
            enqueue(settings, data_dir, payload, 4 * count)
            status = asyncio.run(ended(settings, 3600))
            batch_s = time.monotonic() - began_s
            lines = stopped(crew)
        made = files_in(data_dir / "previews" / "lighthouse" / "tutorial")
        began_s = time.monotonic()
        alone = rendered_alone(settings, folder, payload)
        alone_s = time.monotonic() - began_s
    events = [line["event"] for line in lines]
    return {
        "scenes": scenes,
        "workers": count,
        "parts": 4 * count,
        "state": str(status.state),
        "same_bytes": made == alone,
        "published": events.count("preview.published"),
        "parts_by_worker": [
            sum(line["event"] == "part.filmed" for line in worker.lines) for worker in crew
        ],
        "batch_s": round(batch_s, 1),
        "alone_s": round(alone_s, 1),
    }


if __name__ == "__main__":
    figures = _measured(int(sys.argv[1]), int(sys.argv[2]))
    print(json.dumps(figures, indent=2))  # noqa: T201 -- a command
