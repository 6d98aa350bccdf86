"""Jobs that cannot be decoded reach ``failed`` at once, with a reason, and harm no other job."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from preview_worker.events import JobPoisoned
from preview_worker.queue import (
    Completed,
    Failed,
    JobRequest,
    JobState,
    LeasedJob,
    QueueSettings,
)
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.producer import BullProducer
from tests.fakes.observers import Recorder

pytestmark = pytest.mark.anyio

Command = tuple[str | bytes | int, ...]
HASH = {"name": "render-preview", "data": "{}", "opts": '{"attempts":5}', "timestamp": "1"}


@dataclass
class Bench:
    """A queue, its producer, and a way to write into Redis past both."""

    queue: BullQueue
    producer: BullProducer
    link: RedisLink
    keys: QueueKeys
    seen: Recorder

    async def plant(self, job_id: str | bytes, fields: dict[str, str | bytes]) -> None:
        """Put a job's hash into Redis and its id into the waiting list."""
        words = [word for pair in fields.items() for word in pair]
        await self.link.call("HSET", self.keys.job(job_id), *words)
        await self.link.call("LPUSH", self.keys.wait, job_id)

    async def next_good(self) -> LeasedJob:
        """Add a job that is in order and lease it: what was planted before it must be gone."""
        added = await self.producer.add(JobRequest(payload={"good": True}))
        async with asyncio.timeout(3):
            job = await self.queue.lease()
        assert job is not None
        assert job.id == added.id
        return job


@pytest.fixture
async def bench(queue_settings: QueueSettings) -> AsyncIterator[Bench]:
    """A queue of its own for each test."""
    seen = Recorder()
    keys = QueueKeys(queue_settings.prefix, queue_settings.queue_name)
    bench = Bench(
        BullQueue(queue_settings, seen),
        BullProducer(queue_settings),
        RedisLink(queue_settings, client_name="test"),
        keys,
        seen,
    )
    yield bench
    await bench.queue.close()
    await bench.producer.close()
    await bench.link.close()


POISON: dict[str, tuple[dict[str, str | bytes], str]] = {
    "options that are cut off": ({"opts": '{"attempts":'}, "options are not readable JSON"),
    "options that are a list": ({"opts": "[]"}, "options are not a JSON object"),
    "options nested too deeply": ({"opts": "[" * 60_000}, "options are not readable JSON"),
    "options that are no UTF-8": ({"opts": b'{"a":"\xff"}'}, "options are not readable JSON"),
    "attempts that are a list": ({"opts": '{"attempts":[5]}'}, "attempts is [5], not a number"),
    "attempts that are words": (
        {"opts": '{"attempts":"many"}'},
        "attempts is 'many', not a number",
    ),
    "a name that is no UTF-8": ({"name": b"\xff"}, "name is not UTF-8 text"),
    "a timestamp in words": ({"timestamp": "yesterday"}, "timestamp is 'yesterday', not a number"),
    "a timestamp without end": ({"timestamp": "1e999"}, "timestamp is '1e999', not a number"),
    "a counter in words": ({"atm": "x"}, "atm is 'x', not a whole number"),
    "a fraction of a stall": ({"stc": "1.5"}, "stc is '1.5', not a whole number"),
    "a start that cannot be counted": ({"ats": "x"}, "ats is not a whole number"),
    "a parent that is cut off": ({"parent": '{"id":'}, "link to its parent is not readable"),
    "options of a mebibyte": (
        {"opts": '{"a":"' + "x" * 1_048_576 + '"}'},
        "options has 1048584 bytes; at most 65536 are read",
    ),
    "a name of a mebibyte": ({"name": "x" * 1_048_576}, "at most 65536 are read"),
    "a number beyond counting": ({"delay": "9" * 400}, "beyond all that is counted"),
    "a parent of a mebibyte": (
        {"parent": '{"id":"1","queueKey":"' + "x" * 1_048_576 + '"}'},
        "at most 65536 are read",
    ),
    "a parent without a queue": ({"parent": '{"id":"1"}'}, "link to its parent is not readable"),
}


@pytest.mark.parametrize("case", POISON)
async def test_a_poisoned_job_fails_once_with_its_reason(bench: Bench, case: str) -> None:
    """It is not run, not retried and not left active, and the next job is."""
    spoiled, reason = POISON[case]
    await bench.plant("bad", {**HASH, **spoiled})
    good = await bench.next_good()
    status = await bench.producer.status("bad")
    assert status is not None
    assert status.state is JobState.FAILED
    assert status.failed_reason is not None
    assert status.failed_reason.endswith(reason)
    assert bench.seen.all_of(JobPoisoned) == [
        JobPoisoned(job_id="bad", reason=status.failed_reason)
    ]
    await bench.queue.settle(good, Completed({}))
    counts = await bench.queue.counts()
    assert (counts.active, counts.failed, counts.completed) == (0, 1, 1)


async def test_an_id_that_is_no_text_fails(bench: Bench) -> None:
    """The id is told in a form that can be printed, and the queue goes on."""
    await bench.plant(b"\xff\xfe", {**HASH})
    await bench.next_good()
    poisoned = bench.seen.all_of(JobPoisoned)
    assert [event.job_id for event in poisoned] == ["\\xff\\xfe"]
    assert (await bench.queue.counts()).failed == 1


async def test_an_id_without_a_job_fails(bench: Bench) -> None:
    """The hash was deleted while the id still waited."""
    await bench.link.call("LPUSH", bench.keys.wait, "ghost")
    await bench.next_good()
    assert "no name" in bench.seen.all_of(JobPoisoned)[0].reason


async def test_an_id_whose_key_is_no_hash_leaves_the_queue(bench: Bench) -> None:
    """Some other program's key is left alone, and does not stop the queue."""
    await bench.link.call("SET", bench.keys.job("alien"), "value")
    await bench.link.call("LPUSH", bench.keys.wait, "alien")
    await bench.next_good()
    assert bench.seen.all_of(JobPoisoned)[0].job_id == "alien"
    assert await bench.link.call("GET", bench.keys.job("alien")) == b"value"
    assert (await bench.queue.counts()).active == 1


async def test_poison_met_while_settling_fails_too(bench: Bench) -> None:
    """The next job is found behind it in the same call."""
    good = await bench.next_good()
    await bench.plant("bad", {**HASH, "opts": "no"})
    added = await bench.producer.add(JobRequest(payload={}))
    settlement = await bench.queue.settle(good, Completed({}), lease_next=True)
    assert settlement.next_job is not None
    assert settlement.next_job.id == added.id
    assert (await bench.queue.counts()).failed == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"timestamp": "1700000000000.5"},
        {"opts": '{"attempts":2.5}'},
        {"opts": '{"attempts":null,"removeOnComplete":"yes","backoff":{"type":"mine"}}'},
        {"opts": '{"removeOnComplete":{"age":"old","count":null},"tm":"{"}'},
        {"data": b"\xff not json"},
        {"opts": "{}"},
    ],
)
async def test_odd_jobs_that_can_be_run_are_run(bench: Bench, fields: dict[str, str]) -> None:
    """Node accepts all of these; the payload is not this room's to judge."""
    await bench.plant("odd", {**HASH, **fields})
    job = await bench.queue.lease()
    assert job is not None
    assert (await bench.queue.settle(job, Completed({}))).state is JobState.COMPLETED
    assert not bench.seen.all_of(JobPoisoned)


async def test_the_reason_of_a_failure_is_bounded(bench: Bench) -> None:
    """A reason of megabytes would be read back by every dashboard."""
    job = await bench.next_good()
    await bench.queue.settle(job, Failed("permanent.render_failed", "x" * 1_000_000 + "\ud800"))
    fields = await bench.link.call("HMGET", bench.keys.job(job.id), "failedReason", "stacktrace")
    assert isinstance(fields, list)
    reason, stacktrace = fields
    assert isinstance(reason, bytes)
    assert len(reason) < 10_000
    assert isinstance(stacktrace, bytes)
    assert len(json.loads(stacktrace)) == 1
