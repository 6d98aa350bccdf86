"""``doctor`` names what is wrong with a real server, each thing by its own line."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from preview_worker.queue.examination import Finding, Severity, examine_redis
from preview_worker.queue.permissions import acl_rule
from preview_worker.queue.settings import QueueSettings
from tests.redis_programs import RedisProgram, running
from tests.redis_server import quick_settings
from tests.workers import environment, run_command

pytestmark = pytest.mark.anyio


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisProgram]:
    """A server that keeps its jobs."""
    program = RedisProgram(tmp_path / "redis")
    with running(program):
        yield program


async def found(server: RedisProgram, *, skew_s: float = 0.0) -> dict[str, Finding]:
    """Examine a server that is up, with a clock of ours that may be wrong."""
    await server.wait_until("PING", holds=b"PONG")
    settings = quick_settings(server.url)
    findings = await examine_redis(settings, clock=lambda: time.time() + skew_s)
    return {finding.name: finding for finding in findings}


async def test_a_sound_server_is_found_sound(server: RedisProgram) -> None:
    """Five things are looked at."""
    await server.call("CONFIG", "SET", "appendonly", "yes")
    findings = await found(server)
    assert len(findings) == 5
    assert {finding.severity for finding in findings.values()} == {Severity.FINE}


async def test_each_fault_is_found_by_itself(server: RedisProgram) -> None:
    """Eviction, persistence and clock have lines of their own."""
    await server.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    await server.call("CONFIG", "SET", "maxmemory", "100mb")
    findings = await found(server, skew_s=-5)
    assert findings["redis memory"].severity is Severity.FAILURE
    assert "allkeys-lru" in findings["redis memory"].detail
    assert findings["redis persistence"].severity is Severity.WARNING
    assert findings["redis clock"].severity is Severity.FAILURE
    assert "5.0 s behind" in findings["redis clock"].detail
    assert findings["redis version"].severity is Severity.FINE


async def test_doctor_fails_for_a_missing_command_and_names_it(
    server: RedisProgram, tmp_path: Path
) -> None:
    """The process ends with 1, and everything else is told all the same."""
    await server.wait_until("PING", holds=b"PONG")
    settings = quick_settings(server.url)
    rules = acl_rule(settings, ">p").replace(" +rpoplpush", "").split()[2:]
    await server.call("ACL", "SETUSER", "few", *rules)
    secrets = {"REDIS_PASSWORD": "p", "PREVIEW_REDIS_USERNAME": "few"}
    env = environment(settings, tmp_path / "data", **secrets)
    done = run_command("doctor", "--json", env=env)
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert "lacks commands: rpoplpush (" in told["redis permissions"]["detail"]
    assert {name for name, check in told.items() if not check["ok"]} == {"redis permissions"}


async def test_doctor_warns_without_failing(server: RedisProgram, tmp_path: Path) -> None:
    """A server without persistence may be meant so."""
    await server.wait_until("PING", holds=b"PONG")
    env = environment(quick_settings(server.url), tmp_path / "data")
    done = run_command("doctor", env=env)
    assert done.returncode == 0
    assert b"warn redis persistence" in done.stdout


def test_doctor_prints_the_rule_for_its_settings(tmp_path: Path) -> None:
    """No server is asked for it."""
    settings = QueueSettings(queue_name="films")
    done = run_command("doctor", "--acl", env=environment(settings, tmp_path))
    assert done.returncode == 0
    assert done.stdout.decode().strip() == acl_rule(settings, "#SHA256-OF-THE-PASSWORD")
