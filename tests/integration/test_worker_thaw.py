"""A worker that was frozen for longer than renewal may take for a round goes on when thawed."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import cast

import pytest

from preview_worker.queue import Completed, JobRequest, LeasedJob, Outcome
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.link import RedisLink
from preview_worker.queue.producer import BullProducer
from preview_worker.worker.executor import Executor
from preview_worker.worker.runner import Runner
from preview_worker.worker.settings import WorkerSettings
from tests.conformance.yard import Notes
from tests.redis_server import MortalRedis, quick_settings, wait_until_blocked

pytestmark = pytest.mark.anyio

DEADLINE_S = 30
LONGEST_ROUND_S = 3 * (0.2 + 0.1 + 0.2 + 0.1)
"""Renewal's pause, and a call that has to connect, with the settings of this test."""


async def test_a_frozen_worker_with_reserved_slots_lives_on(mortal_server: MortalRedis) -> None:
    """P7: its lease of urgent jobs is over before renewal goes on, which is nobody's defect.

    The block of the event loop stands for the stop of the process: all timers are late alike.
    """
    settings = replace(
        quick_settings(mortal_server.url),
        connect_timeout_s=0.1,
        reply_timeout_s=0.2,
        retry_max_s=0.1,
    )
    done = asyncio.Event()

    class Quick:
        async def execute(self, _job: LeasedJob, _trace: object) -> Outcome:
            done.set()
            return Completed({})

    queue, producer, notes = BullQueue(settings), BullProducer(settings), Notes()
    slots = WorkerSettings(concurrency=2, reserved=1)
    runner = Runner("q", queue, cast("Executor", Quick()), notes, slots)
    running = asyncio.create_task(runner.run())
    link = RedisLink(settings, client_name="test")
    await wait_until_blocked(link, "bzpopmin")

    time.sleep(LONGEST_ROUND_S + 0.7)  # noqa: ASYNC251 -- see above

    assert queue.trouble() is None  # as a probe sees it that comes first
    await producer.add(JobRequest(payload={"a": 1}))
    doing = asyncio.create_task(done.wait())
    await asyncio.wait({running, doing}, timeout=DEADLINE_S, return_when=asyncio.FIRST_COMPLETED)
    assert (done.is_set(), running.done()) == (True, False), notes.events
    runner.stop()
    await asyncio.wait_for(running, DEADLINE_S)
    await producer.close()
    await link.close()
