"""Webhooks when processes come and go: nothing is lost, and one at a time delivers."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from preview_worker.queue import Failed, QueueSettings
from tests.hook_receiver import HANG, a_receiver
from tests.redis_server import command
from tests.webhook_bench import (
    KEY,
    SECRET,
    Bench,
    Heard,
    begun,
    is_signed,
    telling,
    told_id,
)
from tests.workers import environment

pytestmark = pytest.mark.anyio


async def test_of_two_replicas_one_delivers(queue_settings: QueueSettings, bench: Bench) -> None:
    """Both follow the queue, and each delivery is with one of them."""
    count, heard = 30, Heard()
    async with (
        a_receiver() as receiver,
        telling(queue_settings, receiver, heard=heard),
        telling(queue_settings, receiver, heard=heard),
    ):
        await begun(queue_settings)
        for number in range(count):
            await bench.finish(f"job-{number}")
        # A post that has come is given back, and made again, if its sender ends before it is told.
        await heard.until("delivered", count)

    told = [json.loads(posted.body)["data"]["id"] for posted in receiver.posts]
    assert sorted(told) == sorted(f"job-{number}" for number in range(count))
    assert heard.results == ["delivered"] * count


async def test_what_ended_while_nobody_told_is_told_later(
    queue_settings: QueueSettings, bench: Bench
) -> None:
    """The place in the stream of events outlives every process."""
    async with a_receiver() as receiver:
        async with telling(queue_settings, receiver):
            await begun(queue_settings)
        await bench.finish("job-1")
        await bench.finish("job-2", Failed("permanent.defect", "permanent.defect: it broke"))

        async with telling(queue_settings, receiver):
            posts = await receiver.until_count(2)

    told = [(told_id(posted), json.loads(posted.body)["type"]) for posted in posts]
    assert sorted(told) == [("job-1", "preview.completed"), ("job-2", "preview.failed")]


async def test_what_the_stream_forgot_is_told_by_the_jobs_themselves(
    queue_settings: QueueSettings, bench: Bench
) -> None:
    """A stream that was trimmed beyond the place hides nothing that is still in the queue."""
    events = f"bull:{queue_settings.queue_name}:events"
    async with a_receiver() as receiver:
        async with telling(queue_settings, receiver):
            await begun(queue_settings)
            await bench.finish("before")
            await receiver.until_count(1)
        for number in range(3):
            await bench.finish(f"job-{number}")
        await command(queue_settings, "XTRIM", events, "MAXLEN", "=", 1)

        async with telling(queue_settings, receiver):
            ids = {f"job-{number}" for number in range(3)}
            await receiver.until(lambda posts: ids <= {told_id(posted) for posted in posts})

    assert {told_id(posted) for posted in receiver.posts} == {"before"} | ids
    by_job = {told_id(posted): posted.id for posted in receiver.posts}
    again = [posted.id for posted in receiver.posts if told_id(posted) == "before"]
    assert set(again) == {by_job["before"]}


async def test_an_orderly_end_gives_back_what_is_under_way(
    queue_settings: QueueSettings, bench: Bench
) -> None:
    """The next process need not wait until a claim runs out."""
    async with a_receiver(HANG, "200 OK") as receiver:
        async with telling(queue_settings, receiver):
            await begun(queue_settings)
            await bench.finish("job-1")
            await receiver.until_count(1)
        async with telling(queue_settings, receiver) as notes:
            posts = await receiver.until_count(2)
            await notes.until("delivered")

    assert posts[0].id == posts[1].id
    assert notes.attempts[0].tries == 2
    assert notes.attempts[0].age_s < 50  # the claim is for 60 s


async def test_a_delivery_outlives_the_process_that_was_killed_with_it(
    queue_settings: QueueSettings, bench: Bench, tmp_path: Path
) -> None:
    """SIGKILL in the middle of a post: another process makes the delivery, under the same id."""
    async with a_receiver(HANG, "200 OK") as receiver:
        env = environment(
            queue_settings,
            tmp_path,
            PREVIEW_WEBHOOK_URLS=receiver.url,
            PREVIEW_WEBHOOK_SECRETS=SECRET,
        )
        program = (sys.executable, "-m", "tests.webhook_process")
        victim = await asyncio.create_subprocess_exec(
            *program, env=env, stdout=asyncio.subprocess.PIPE
        )
        await begun(queue_settings)
        await bench.finish("job-1")
        await receiver.until_count(1)
        victim.kill()
        await victim.wait()

        heir = await asyncio.create_subprocess_exec(
            *program, env=env, stdout=asyncio.subprocess.PIPE
        )
        try:
            posts = await receiver.until_count(2)
        finally:
            heir.kill()
            await heir.wait()

    assert posts[0].id == posts[1].id
    assert posts[0].body == posts[1].body
    assert is_signed(posts[1], KEY)
