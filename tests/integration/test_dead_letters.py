"""Dead letters in a real Redis: poison, lost replies, and the command line."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from preview_worker.queue import (
    DeadLetter,
    Failed,
    JobRequest,
    JobState,
    LeasedJob,
    QueueSettings,
    Replay,
)
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.dead_queue import BullDeadLetters
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.producer import BullProducer
from tests.redis_server import leased
from tests.relay import Relay
from tests.workers import environment, run_command

pytestmark = pytest.mark.anyio

CRASH = Failed("permanent.render_crash", "it crashed")


@dataclass
class Morgue:
    """A queue with its producer and its dead letters."""

    settings: QueueSettings
    queue: BullQueue
    producer: BullProducer
    dead: BullDeadLetters
    link: RedisLink
    keys: QueueKeys

    async def die(self, job_id: str, outcome: Failed = CRASH) -> None:
        """Have a job fail and its hash removed at once."""
        request = JobRequest(payload={"id": job_id}, job_id=job_id, keep_failed=(0, 0))
        await self.producer.add(request)
        await self.queue.settle(await leased(self.queue), outcome)

    async def plant(self, job_id: str | bytes, **fields: str | bytes) -> None:
        """Put a job past the producer into the queue and have it poison a lease."""
        words = [word for pair in fields.items() for word in pair]
        await self.link.call("HSET", self.keys.job(job_id), "name", "render-preview", *words)
        await self.link.call("LPUSH", self.keys.wait, job_id)
        assert await self.queue.lease() is None

    async def only(self) -> DeadLetter:
        """Return the one letter that is there."""
        [letter] = [letter async for letter in self.dead.letters()]
        return letter


@pytest.fixture
async def morgue(queue_settings: QueueSettings) -> AsyncIterator[Morgue]:
    """A queue of its own for each test."""
    morgue = a_morgue(queue_settings)
    yield morgue
    for part in (morgue.queue, morgue.producer, morgue.dead, morgue.link):
        await part.close()


def a_morgue(settings: QueueSettings) -> Morgue:
    """Return the parts, connected to nothing yet."""
    return Morgue(
        settings,
        BullQueue(settings),
        BullProducer(settings),
        BullDeadLetters(settings),
        RedisLink(settings, client_name="test"),
        QueueKeys(settings.prefix, settings.queue_name),
    )


async def test_options_that_cannot_be_read_are_kept_as_they_were(morgue: Morgue) -> None:
    """The letter itself has options that every BullMQ tool can read."""
    await morgue.plant("job-1", data='{"a":1}', opts="{broken", timestamp="5")
    letter = await morgue.only()
    assert (letter.code, letter.payload) == ("invalid.job", b'{"a":1}')
    assert (letter.added_at_ms, letter.attempts_made) == (5, 1)
    key = QueueKeys(morgue.settings.prefix, morgue.settings.dead_queue_name).job("job-1")
    assert await morgue.link.call("HMGET", key, "opts", "was:opts") == [b"{}", b"{broken"]


async def test_a_parent_whose_child_failed_is_no_killer_of_workers(morgue: Morgue) -> None:
    """Its failure was left for the next worker by BullMQ, as that of a killer is."""
    reason = "child bull:parts:7 failed"
    await morgue.plant("job-1", data="{}", opts="{}", timestamp="5", defa=reason)
    letter = await morgue.only()
    assert (letter.code, letter.reason) == ("permanent.children", reason)


@pytest.mark.parametrize(
    "payload",
    [
        b"\xff\x00 no text",
        b'{"half":',
        b"NaN",
        b'{"n":9007199254740993, "payload":[1 ,2], "x":",\\"payload\\":"}',
        b"",
    ],
)
async def test_a_payload_is_kept_byte_for_byte(morgue: Morgue, payload: bytes) -> None:
    """Whatever it is; a tool that shows the letter finds JSON in any case."""
    await morgue.plant("job-1", data=payload, opts="[]", timestamp="5")
    assert (await morgue.only()).payload == payload
    key = QueueKeys(morgue.settings.prefix, morgue.settings.dead_queue_name).job("job-1")
    stored = await morgue.link.call("HGET", key, "data")
    assert isinstance(stored, bytes)
    assert json.loads(stored)["code"] == "invalid.job"


async def test_a_replayed_payload_is_the_same_to_the_byte(morgue: Morgue) -> None:
    """Numbers that Lua could not hold included."""
    payload = b'{"n":9007199254740993,"s":"\\ud800 \xc3\xa9"}'
    fields: dict[str, str | bytes] = {
        "name": "render-preview",
        "data": payload,
        "opts": "{}",
        "timestamp": "5",
    }
    words = [word for pair in fields.items() for word in pair]
    await morgue.link.call("HSET", morgue.keys.job("job-1"), *words)
    await morgue.link.call("LPUSH", morgue.keys.wait, "job-1")
    await morgue.queue.settle(await leased(morgue.queue), CRASH)
    assert await morgue.dead.replay("job-1") is Replay.REPLAYED
    job = await leased(morgue.queue)
    assert (job.payload, job.added_at_ms) == (payload, 5)


async def test_an_id_that_is_no_text_is_kept_and_dropped(morgue: Morgue) -> None:
    """Such a job could not even be named."""
    await morgue.plant(b"\xff1", data="{}", opts="{}", timestamp="5")
    letter = await morgue.only()
    assert letter.id == "\udcff1"
    assert await morgue.dead.drop(letter.id)


async def test_a_spoiled_counter_leaves_a_letter_with_its_payload(morgue: Morgue) -> None:
    """The script that leases stumbles over it before anybody has seen the payload."""
    await morgue.plant("job-1", data='{"a":1}', opts="{}", timestamp="5", ats="x")
    assert (await morgue.only()).payload == b'{"a":1}'


async def test_a_server_that_knows_no_script_keeps_the_letter(morgue: Morgue) -> None:
    """A restart between lease and settlement makes it forget all of them."""
    await morgue.producer.add(JobRequest(payload={}, job_id="job-1"))
    job = await leased(morgue.queue)
    await morgue.link.call("SCRIPT", "FLUSH")
    assert (await morgue.queue.settle(job, CRASH)).state is JobState.FAILED
    assert (await morgue.only()).deaths == 1


async def test_a_lost_reply_leaves_one_letter_and_one_failure(morgue: Morgue) -> None:
    """The transaction had arrived: it is not carried out twice."""
    port = int(morgue.settings.redis_url.rpartition(":")[2].partition("/")[0])
    async with Relay(port) as relay:
        queue = BullQueue(replace(morgue.settings, redis_url=relay.url))
        await morgue.producer.add(JobRequest(payload={}, job_id="job-1"))
        job = await leased(queue)
        relay.lose_reply_to("MULTI")
        assert (await queue.settle(job, CRASH)).state is JobState.FAILED
        assert relay.lost.is_set()
        await queue.close()
    assert (await morgue.only()).deaths == 1
    assert await morgue.link.call("ZCARD", morgue.keys.failed) == 1


async def test_a_parent_waits_again_for_a_replayed_child(morgue: Morgue) -> None:
    """As after BullMQ's own retry of a failed child."""
    child, parent = morgue.keys.job("child"), morgue.keys.job("parent")
    link = json.dumps({"id": "parent", "queueKey": morgue.keys.root[:-1]})
    await morgue.link.call("HSET", parent, "name", "p", "data", "{}", "opts", "{}")
    await morgue.link.call("HSET", f"{parent!s}:failed", child, "it crashed")
    await morgue.producer.add(JobRequest(payload={}, job_id="child"))
    job = await leased(morgue.queue)
    await morgue.queue.settle(job, CRASH)
    dead = QueueKeys(morgue.settings.prefix, morgue.settings.dead_queue_name).job("child")
    await morgue.link.call("HSET", dead, "was:parentKey", parent, "was:parent", link)
    assert await morgue.dead.replay("child") is Replay.REPLAYED
    waited_for = await morgue.link.call("SMEMBERS", f"{parent!s}:dependencies")
    assert waited_for == [str(child).encode()]
    assert await morgue.link.call("HGET", child, "parentKey") == str(parent).encode()


def command(morgue: Morgue, folder: Path, *words: str, status: int = 0) -> tuple[Any, list[Any]]:
    """Run ``dead`` with ``--json``; return what it printed and the lines that it logged."""
    done = run_command("dead", *words, "--json", env=environment(morgue.settings, folder))
    assert done.returncode == status, done.stderr.decode()
    logged = [json.loads(line) for line in done.stderr.splitlines() if line.startswith(b"{")]
    return json.loads(done.stdout or b"null"), logged


async def test_letters_are_listed_by_code_and_time(morgue: Morgue, tmp_path: Path) -> None:
    """Patterns and instants narrow the list."""
    await morgue.die("a", Failed("transient.disk", "full"))
    await morgue.die("b")
    listed, _ = command(morgue, tmp_path, "list", "--code", "transient.*", "--since", "1h")
    assert [letter["jobId"] for letter in listed["letters"]] == ["a"]
    listed, _ = command(morgue, tmp_path, "list", "--until", "1h")
    assert listed == {"letters": []}


async def test_a_letter_is_shown_with_its_payload(morgue: Morgue, tmp_path: Path) -> None:
    """And with what its attempts ended with; one that is not there is an error."""
    await morgue.die("a")
    shown, _ = command(morgue, tmp_path, "show", "a")
    assert (shown["payload"], shown["reason"]) == ({"id": "a"}, "it crashed")
    assert shown["history"] == ["permanent.render_crash: it crashed"]
    command(morgue, tmp_path, "show", "b", status=1)


async def test_a_replay_is_audited_and_harmless_when_repeated(
    morgue: Morgue, tmp_path: Path
) -> None:
    """Each replayed job has its line in the log; the second run finds nothing to do."""
    await morgue.die("a", Failed("transient.disk", "full"))
    await morgue.die("b")
    dry, silent = command(morgue, tmp_path, "replay", "--code", "transient.*", "--dry-run")
    assert (dry["counts"], silent) == ({"would replay": 1}, [])
    done, logged = command(morgue, tmp_path, "replay", "--code", "transient.*")
    assert done["jobs"] == [{"jobId": "a", "code": "transient.disk", "result": "replayed"}]
    [line] = logged
    assert (line["event"], line["job_id"]) == ("letter.replayed", "a")
    assert (line["code"], line["result"]) == ("transient.disk", "replayed")
    assert command(morgue, tmp_path, "replay", "--all")[0]["counts"] == {"replayed": 1}
    assert command(morgue, tmp_path, "replay", "--all")[0]["counts"] == {}
    jobs: list[LeasedJob] = [await leased(morgue.queue) for _ in "ab"]
    assert {job.id for job in jobs} == {"a", "b"}


async def test_a_rate_spreads_replays(morgue: Morgue, tmp_path: Path) -> None:
    """Three jobs at four a second take three quarters of a second at least."""
    for job_id in "abc":
        await morgue.die(job_id)
    begin_s = time.monotonic()
    command(morgue, tmp_path, "replay", "--all", "--rate", "4/s")
    assert time.monotonic() - begin_s > 0.7


async def test_dropping_asks_for_a_choice_and_is_audited(morgue: Morgue, tmp_path: Path) -> None:
    """Nobody empties the queue by a slip of the hand."""
    await morgue.die("a")
    command(morgue, tmp_path, "drop", status=2)
    command(morgue, tmp_path, "drop", "b", status=1)
    done, [line] = command(morgue, tmp_path, "drop", "a")
    assert (done["counts"], line["event"]) == ({"dropped": 1}, "letter.dropped")
    assert [letter async for letter in morgue.dead.letters()] == []


async def test_a_job_of_ten_thousand_fields_dies_and_lives_again(morgue: Morgue) -> None:
    """X1: whatever a hash holds beside a job goes with it, more than Lua takes at once."""
    words = [word for n in range(10_000) for word in (f"field-{n}", "x")]
    await morgue.link.call("HSET", morgue.keys.job("wide"), "name", "render-preview", *words)
    await morgue.link.call("LPUSH", morgue.keys.wait, "wide")
    await morgue.queue.settle(await leased(morgue.queue), CRASH)
    assert await morgue.dead.replay("wide") is Replay.REPLAYED
    assert (await leased(morgue.queue)).id == "wide"
    assert await morgue.link.call("HGET", morgue.keys.job("wide"), "field-9999") == b"x"
