"""ACL users and passwords that change while the worker runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from preview_worker.queue import (
    Completed,
    JobRequest,
    JobState,
    QueueSettings,
    QueueUnavailableError,
)
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.connection import ConnectionSettings
from preview_worker.queue.producer import BullProducer
from tests.redis_programs import RedisProgram, running
from tests.redis_server import leased, quick_settings
from tests.workers import a_worker

pytestmark = pytest.mark.anyio
USER = "previews"
FIRST, SECOND = "the first one", "the second one"
REQUEST = JobRequest(payload={"a": 1})


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisProgram]:
    """A server whose users a test may change."""
    program = RedisProgram(tmp_path / "redis")
    with running(program):
        yield program


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    """A file with the password that is valid at first."""
    path = tmp_path / "password"
    write(path, FIRST + "\n")
    return path


def write(path: Path, text: str) -> None:
    """Put a secret where the worker looks for it."""
    path.write_text(text)


async def rotate(server: RedisProgram, password: str) -> None:
    """Give the user another password, and end the connections that have the old one."""
    rules = ("resetpass", f">{password}", "on", "~*", "&*", "+@all")
    await server.call("ACL", "SETUSER", USER, *rules)
    await server.call("CLIENT", "KILL", "USER", USER)


def settings_for(server: RedisProgram, password_file: Path) -> QueueSettings:
    """Return settings that name the user and the file, but no password."""
    connection = ConnectionSettings(username=USER, password_file=password_file)
    return replace(quick_settings(server.url), connection=connection)


async def test_an_acl_user_with_a_password_from_a_file_runs_jobs(
    server: RedisProgram, password_file: Path
) -> None:
    """Neither the URL nor the environment has to hold the secret."""
    await rotate(server, FIRST)
    await server.call("ACL", "SETUSER", "default", "off")
    settings = settings_for(server, password_file)
    queue, producer = BullQueue(settings), BullProducer(settings)
    added = await producer.add(REQUEST)
    job = await leased(queue)
    assert job.id == added.id
    assert (await queue.settle(job, Completed({}))).state is JobState.COMPLETED
    await queue.close()
    await producer.close()


async def test_a_rotated_password_costs_neither_a_job_nor_a_restart(
    server: RedisProgram, password_file: Path
) -> None:
    """A job that runs meanwhile ends at its first attempt once the file holds the new password."""
    await rotate(server, FIRST)
    settings = replace(settings_for(server, password_file), lock_s=8)
    queue, producer = BullQueue(settings), BullProducer(settings)
    await queue.open()
    added = await producer.add(REQUEST)
    job = await leased(queue)
    await rotate(server, SECOND)
    with pytest.raises(QueueUnavailableError, match="refused the password"):
        await queue.ping()
    settling = asyncio.create_task(queue.settle(job, Completed({"ok": True})))
    await asyncio.wait({settling}, timeout=0.3)
    write(password_file, SECOND)
    begin_s = time.monotonic()
    assert (await settling).state is JobState.COMPLETED
    assert time.monotonic() - begin_s < 5
    status = await producer.status(added.id)
    assert status is not None
    assert status.attempts_made == 1
    await queue.close()
    await producer.close()


async def test_a_url_in_a_file_is_read_again(server: RedisProgram, tmp_path: Path) -> None:
    """Its password may change, and so may the server that it names."""
    await rotate(server, "second")
    url_file = tmp_path / "url"
    write(url_file, server.url.replace("//", f"//{USER}:first@"))
    settings = replace(
        quick_settings("redis://127.0.0.1:1"), connection=ConnectionSettings(url_file=url_file)
    )
    queue = BullQueue(settings)
    with pytest.raises(QueueUnavailableError, match="refused the password"):
        await queue.ping()
    write(url_file, server.url.replace("//", f"//{USER}:second@"))
    await queue.ping()
    await queue.close()


async def test_a_wrong_password_is_told_once_and_the_worker_recovers(
    server: RedisProgram, password_file: Path, tmp_path: Path
) -> None:
    """The process says so in one log line, waits, and works within 5 s of the file's change."""
    await rotate(server, SECOND)
    secrets = {"REDIS_PASSWORD_FILE": str(password_file), "PREVIEW_REDIS_USERNAME": USER}
    with a_worker(quick_settings(server.url), tmp_path / "data", **secrets) as worker:
        told = worker.wait_for("queue.unreachable")
        assert "refused the password" in told["reason"]
        write(password_file, SECOND)
        begin_s = time.monotonic()
        worker.wait_for("queue.connected")
        assert time.monotonic() - begin_s < 5
        assert [line["event"] for line in worker.lines].count("queue.unreachable") == 1
        worker.stop()
