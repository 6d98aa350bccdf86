"""Encrypted connections: whom we trust, whom the server trusts, and certificates that change."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from preview_worker.queue import Completed, JobRequest, JobState, QueueUnavailableError
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.connection import ConnectionSettings
from preview_worker.queue.embedded import find_server
from preview_worker.queue.producer import BullProducer
from preview_worker.queue.settings import QueueSettings
from tests.certificates import Authority
from tests.redis_programs import RedisProgram, free_port, running
from tests.redis_server import leased, quick_settings
from tests.tls_door import TlsDoor

pytestmark = pytest.mark.anyio
REQUEST = JobRequest(payload={"a": 1})


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """An authority that signed nothing yet."""
    return Authority(tmp_path / "certificates")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisProgram]:
    """A server without encryption, behind whatever door a test puts before it."""
    program = RedisProgram(tmp_path / "redis")
    with running(program):
        yield program


def settings_for(port: int, connection: ConnectionSettings) -> QueueSettings:
    """Return settings of a fresh queue behind an encrypted port."""
    return replace(quick_settings(f"rediss://localhost:{port}"), connection=connection)


async def run_a_job(settings: QueueSettings) -> None:
    """Add a job, lease it and complete it."""
    queue, producer = BullQueue(settings), BullProducer(settings)
    await queue.open()
    try:
        added = await producer.add(REQUEST)
        job = await leased(queue)
        settled = await queue.settle(job, Completed({"ok": True}))
        assert (job.id, settled.state) == (added.id, JobState.COMPLETED)
    finally:
        await queue.close()
        await producer.close()


async def refusal_of(settings: QueueSettings) -> str:
    """Return why a queue cannot be reached."""
    queue = BullQueue(settings)
    with pytest.raises(QueueUnavailableError) as caught:
        await queue.ping()
    await queue.close()
    return str(caught.value)


@asynccontextmanager
async def a_door(
    server: RedisProgram, authority: Authority, *, name: str = "localhost", mutual: bool = False
) -> AsyncIterator[TlsDoor]:
    """Put a TLS door before a server that is up."""
    await server.wait_until("PING", holds=b"PONG")
    async with TlsDoor(server.port, authority.server_context(name, mutual=mutual)) as door:
        yield door


async def test_a_job_runs_over_tls(server: RedisProgram, authority: Authority) -> None:
    """A server whose certificate is signed by the named authority is talked to as any other."""
    async with a_door(server, authority) as door:
        await run_a_job(settings_for(door.port, ConnectionSettings(ca_file=authority.file)))


async def test_a_job_runs_over_mutual_tls(server: RedisProgram, authority: Authority) -> None:
    """A server that wants to know who we are is shown our certificate."""
    ours = authority.sign("worker.example")
    connection = ConnectionSettings(
        ca_file=authority.file, certificate_file=ours.certificate, key_file=ours.key
    )
    async with a_door(server, authority, mutual=True) as door:
        await run_a_job(settings_for(door.port, connection))


async def test_a_server_of_an_unknown_authority_is_not_trusted(
    server: RedisProgram, authority: Authority
) -> None:
    """Nothing is sent to it, the password least of all."""
    async with a_door(server, authority) as door:
        told = await refusal_of(settings_for(door.port, ConnectionSettings()))
    assert "certificate is not trusted" in told


async def test_a_certificate_of_another_host_is_not_trusted_unless_named(
    server: RedisProgram, authority: Authority
) -> None:
    """Whoever reaches a server by another name says which name it has to prove."""
    connection = ConnectionSettings(ca_file=authority.file)
    async with a_door(server, authority, name="redis.example") as door:
        assert "not trusted" in await refusal_of(settings_for(door.port, connection))
        named = replace(connection, server_name="redis.example")
        await run_a_job(settings_for(door.port, named))


async def test_a_missing_client_certificate_is_told(
    server: RedisProgram, authority: Authority
) -> None:
    """The message says which setting is wanting."""
    async with a_door(server, authority, mutual=True) as door:
        connection = ConnectionSettings(ca_file=authority.file)
        told = await refusal_of(settings_for(door.port, connection))
    assert "PREVIEW_REDIS_CERT_FILE" in told


async def test_files_that_are_no_use_are_named(authority: Authority) -> None:
    """An absent authority and a key of another certificate are told by the file's name."""
    absent = authority.file.with_name("absent.pem")
    assert str(absent) in await refusal_of(settings_for(1, ConnectionSettings(ca_file=absent)))
    ours, other = authority.sign("worker.example"), authority.sign("other.example")
    mixed = ConnectionSettings(
        ca_file=authority.file, certificate_file=ours.certificate, key_file=other.key
    )
    assert str(other.key) in await refusal_of(settings_for(1, mixed))


async def test_a_renewed_certificate_is_taken_without_a_restart(
    server: RedisProgram, authority: Authority, tmp_path: Path
) -> None:
    """When the server's authority changes, the new one is trusted as soon as its file is there."""
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(authority.file.read_bytes())
    renewed = Authority(tmp_path / "renewed")
    connection = ConnectionSettings(ca_file=trusted)
    async with a_door(server, authority) as door, a_door(server, renewed) as newer:
        queue = BullQueue(settings_for(door.port, connection))
        await queue.ping()
        await queue.close()
        queue = BullQueue(settings_for(newer.port, connection))
        with pytest.raises(QueueUnavailableError):
            await queue.ping()
        trusted.write_bytes(renewed.file.read_bytes())
        await queue.ping()
        await queue.close()


async def test_a_server_that_encrypts_by_itself_serves_jobs(
    authority: Authority, tmp_path: Path
) -> None:
    """Redis' own TLS with client certificates, where redis-server is built with it."""
    if not _speaks_tls():
        pytest.skip("this redis-server is built without TLS; the tests above put a door before it")
    theirs, ours, port = authority.sign("localhost"), authority.sign("worker.example"), free_port()
    program = RedisProgram(
        tmp_path / "redis",
        tls_port=str(port),
        tls_cert_file=str(theirs.certificate),
        tls_key_file=str(theirs.key),
        tls_ca_cert_file=str(authority.file),
    )
    connection = ConnectionSettings(
        ca_file=authority.file, certificate_file=ours.certificate, key_file=ours.key
    )
    with running(program):
        await program.wait_until("PING", holds=b"PONG")
        await run_a_job(settings_for(port, connection))
        told = await refusal_of(settings_for(port, ConnectionSettings(ca_file=authority.file)))
    assert "PREVIEW_REDIS_CERT_FILE" in told


def _speaks_tls() -> bool:
    """Ask the program: one that cannot refuses the option, one that can misses a certificate."""
    done = subprocess.run(
        [str(find_server()), "--port", "0", "--tls-port", "1"],
        capture_output=True,
        check=False,
        cwd=os.sep,
        timeout=10,
    )
    return b"Bad directive" not in done.stdout + done.stderr
