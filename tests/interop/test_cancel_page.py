"""The Node example of ``docs/controls.md``, run as it stands."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
from pathlib import Path

import pytest

from preview_worker.queue import JobRequest, JobState, QueueSettings
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.producer import BullProducer
from tests.interop.node import FOLDER

pytestmark = [pytest.mark.anyio, pytest.mark.interop]

PAGE = Path(__file__).parents[2] / "docs" / "controls.md"


async def test_the_pages_example_cancels_a_job(
    npm_packages: None, queue: BullQueue, producer: BullProducer, queue_settings: QueueSettings
) -> None:
    """Whoever copies it finds the job failed with the reason."""
    del npm_packages, queue  # packages are there, and a worker watches
    [example] = re.findall(r"^```js\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    script = example.replace("preview-jobs", queue_settings.queue_name)
    env = {"PATH": os.environ["PATH"], "REDIS_URL": queue_settings.redis_url}
    await producer.add(JobRequest({}, job_id="lighthouse-42"))
    command = ["node", "--input-type=module", "--eval", script]
    await asyncio.to_thread(subprocess.run, command, cwd=FOLDER, env=env, check=True, timeout=60)
    async with asyncio.timeout(5):
        told = [status async for status in producer.watch("lighthouse-42")]
    assert told[-1].state is JobState.FAILED
    assert told[-1].failed_reason == "The rulebook has a typo"
