"""A job that ends every worker that runs it: it is stopped, and nobody else suffers for it."""

from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys
from dataclasses import replace

import pytest

from preview_worker.events import JobPoisoned, JobsRecovered
from preview_worker.queue import Completed, JobRequest, JobState, QueueSettings
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.dead_queue import BullDeadLetters
from preview_worker.queue.producer import BullProducer
from tests.fakes.observers import Recorder
from tests.redis_server import leased

pytestmark = pytest.mark.anyio

KILLER = JobRequest(payload={"n": 1}, job_id="killer", attempts=5)
SOUND = JobRequest(payload={"n": 2}, priority=9)

LEASE_AND_DIE = """
import asyncio, os, pickle, signal, sys
from preview_worker.queue.bullmq import BullQueue

async def main():
    queue = BullQueue(pickle.loads(bytes.fromhex(sys.argv[1])))
    await queue.open()
    while (job := await queue.lease()) is None:
        pass
    print(job.id, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


def die_of_the_next_job(settings: QueueSettings) -> str:
    """Have a worker process lease a job and be killed by it; return the job's id."""
    words = [sys.executable, "-c", LEASE_AND_DIE, pickle.dumps(settings).hex()]
    ended = subprocess.run(words, stdout=subprocess.PIPE, timeout=30, check=False)
    return ended.stdout.decode().strip()


async def run_another_job(queue: BullQueue, producer: BullProducer) -> None:
    """Add a job, and have the worker complete it."""
    added = await producer.add(SOUND)
    job = await leased(queue)
    assert job.id == added.id
    assert (await queue.settle(job, Completed({}))).state is JobState.COMPLETED


async def test_a_job_that_kills_four_workers_is_failed_and_all_others_are_run(
    queue_settings: QueueSettings,
) -> None:
    """P3: it fails with a code and a dead letter, no attempt was counted, and the queue goes on."""
    seen = Recorder()
    producer = BullProducer(queue_settings)
    await producer.add(KILLER)
    queue = BullQueue(queue_settings, seen)
    await queue.open()
    doomed = replace(queue_settings, lock_s=2.0)  # time for another job before the killer is back
    for death in range(1, queue_settings.max_stalled + 2):
        assert await asyncio.to_thread(die_of_the_next_job, doomed) == "killer"
        await run_another_job(queue, producer)
        await seen.wait_for(JobsRecovered, death)
    await run_another_job(queue, producer)
    status = await producer.status("killer")
    assert status is not None
    assert (status.state, status.attempts_made) == (JobState.FAILED, 1)
    assert status.failed_reason == "job stalled more than allowable limit"
    [told] = seen.all_of(JobPoisoned)
    assert (told.job_id, told.code) == ("killer", "permanent.worker_killer")
    letters = BullDeadLetters(queue_settings)
    letter = await letters.find("killer")
    assert letter is not None
    assert (letter.code, letter.stalled_count) == ("permanent.worker_killer", 4)
    assert letter.history == ("permanent.worker_killer: job stalled more than allowable limit",)
    for open_ in (letters, queue, producer):
        await open_.close()
