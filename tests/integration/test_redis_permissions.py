"""The least-privilege user: enough for everything, and the lack of any one command is named."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from preview_worker.queue import Completed, Failed, FlowRequest, JobRequest, JobState, Retry
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.connection import ConnectionSettings
from preview_worker.queue.examination import Severity, examine_redis
from preview_worker.queue.permissions import COMMANDS, acl_rule
from preview_worker.queue.producer import BullProducer
from preview_worker.queue.refusals import NotPermittedError
from preview_worker.queue.settings import QueueSettings
from tests.redis_programs import RedisProgram, running
from tests.redis_server import leased, quick_settings

pytestmark = pytest.mark.anyio
USER, PASSWORD = "previews", "of-one-test"
REQUEST = JobRequest(payload={"a": 1}, priority=2, attempts=3, backoff_ms=1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProgram]:
    """A server whose users the tests change."""
    program = RedisProgram(tmp_path_factory.mktemp("redis"))
    with running(program):
        yield program


@pytest.fixture
async def settings(server: RedisProgram) -> QueueSettings:
    """Settings of a user who is allowed what the shipped rule allows, and nothing else."""
    admin = quick_settings(server.url)
    connection = ConnectionSettings(username=USER)
    settings = replace(admin, redis_password=PASSWORD, connection=connection, lock_s=8.0)
    _, user, *rules = acl_rule(settings, f">{PASSWORD}").split()
    await server.call("ACL", "SETUSER", user, "reset", *rules)
    return replace(settings, redis_password=PASSWORD)


async def shortage_of(settings: QueueSettings) -> str:
    """Return what the examination says of the user's permissions; empty when all is well."""
    findings = {finding.name: finding for finding in await examine_redis(settings)}
    found = findings["redis permissions"]
    return "" if found.severity is Severity.FINE else found.detail


async def test_the_rule_lets_jobs_run_fail_and_wait(settings: QueueSettings) -> None:
    """A job is retried, delayed, logged, completed and watched by a user with no other rights."""
    queue, producer = BullQueue(settings), BullProducer(settings)
    await queue.open()
    await queue.ping()
    added = await producer.add(REQUEST, max_ready=10)
    job = await leased(queue)
    await queue.progress(job, 50)
    await queue.log(job, "half")
    assert await queue.confirm(job)
    await queue.settle(job, Retry("transient.test", "once more"))
    again = await leased(queue)
    await queue.settle(again, Completed({"ok": True}))
    states = [status.state async for status in producer.watch(added.id)]
    assert states[-1] is JobState.COMPLETED
    await producer.add(replace(REQUEST, delay_ms=20, priority=0))
    doomed = await leased(queue)
    assert (await queue.settle(doomed, Failed("permanent.test", "no"))).state is JobState.FAILED
    assert (await queue.counts()).failed == 1
    await queue.close()
    await producer.close()


async def test_the_rule_lets_projects_share(settings: QueueSettings) -> None:
    """Places, turns and slots for batches need no other rights."""
    queue, producer = BullQueue(replace(settings, project_max_active=1)), BullProducer(settings)
    await queue.open()
    parts = tuple(replace(REQUEST, job_id=f"part-{n}", priority=4) for n in (1, 2))
    await producer.add_flow(FlowRequest(replace(REQUEST, job_id="whole"), parts, turn_of="p"))
    first, second = [await queue.lease(patient=True) for _ in range(2)]
    assert first is not None
    assert second is not None
    assert await queue.claim(first, "p") is None
    assert await queue.claim(second, "p") is not None
    await queue.settle(first, Completed({}))
    assert (await leased(queue)).id == second.id
    await queue.close()
    await producer.close()


async def test_the_rule_is_all_that_is_needed(settings: QueueSettings) -> None:
    """The examination finds nothing to complain of."""
    assert await shortage_of(settings) == ""


async def test_other_queues_are_closed(server: RedisProgram, settings: QueueSettings) -> None:
    """A user for one queue is told that another one is not his, and by which keys."""
    other = replace(settings, queue_name="other")
    assert "keys: bull:other:* bull:other-dead:*" in await shortage_of(other)
    await server.call("ACL", "SETUSER", USER, "~bull:other:*", "~bull:other-dead:*")
    assert await shortage_of(other) == ""


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_command_that_is_missing_is_named(
    server: RedisProgram, settings: QueueSettings, command: str
) -> None:
    """Exactly that one, for every command of the rule."""
    await forbid(server, settings, command)
    assert f"lacks commands: {command} (" in await shortage_of(settings)
    queue = BullQueue(settings)
    with pytest.raises(NotPermittedError, match=f"commands: {command.replace('|', '.')} "):
        await queue.ping()
    await queue.close()


async def forbid(server: RedisProgram, settings: QueueSettings, command: str) -> None:
    """Give the user the rule without ``command``."""
    secret = f">{settings.redis_password}"
    rules = acl_rule(settings, secret).split()[2:]
    await server.call(
        "ACL", "SETUSER", USER, "reset", *(rule for rule in rules if rule != f"+{command}")
    )


async def allow(server: RedisProgram, settings: QueueSettings) -> None:
    """Give the user the whole rule again."""
    await server.call(
        "ACL", "SETUSER", *acl_rule(settings, f">{settings.redis_password}").split()[1:]
    )


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_permission_that_is_withdrawn_fails_no_job(
    server: RedisProgram, settings: QueueSettings, command: str
) -> None:
    """A render that ends meanwhile is completed when the permission is back.

    Stall checks are rare here: one that came in between would give the job to another attempt.
    """
    settings = replace(settings, stall_check_s=30.0)
    queue, producer = BullQueue(settings), BullProducer(settings)
    await queue.open()
    added = await producer.add(REQUEST)
    job = await leased(queue)
    await forbid(server, settings, command)
    settling = asyncio.create_task(queue.settle(job, Completed({"ok": True})))
    await asyncio.wait({settling}, timeout=0.2)
    await allow(server, settings)
    try:
        settled = await asyncio.wait_for(settling, 10)
        status = await producer.status(added.id)
    finally:
        await queue.close()
        await producer.close()
    assert status is not None
    assert (settled.state, status.state) == (JobState.COMPLETED, JobState.COMPLETED)
    assert (status.return_value, status.attempts_made) == ({"ok": True}, 1)
