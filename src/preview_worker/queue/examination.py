"""Looks at a Redis server and says what is wrong with it for a queue."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from preview_worker.queue.bullmq import client_name
from preview_worker.queue.link import RedisLink
from preview_worker.queue.permissions import find_shortage
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.skew import MAX_SKEW_S, skew_to
from preview_worker.queue.wire import RedisError, Reply

OLDEST_VERSION = (5, 0)
"""The first with BZPOPMIN and streams, without which BullMQ cannot work."""
ADVISED_VERSION = (6, 2)


class Severity(Enum):
    """How much a finding matters."""

    FINE = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``detail`` says what was found, and what to do if it is bad."""

    name: str
    severity: Severity
    detail: str


async def examine_redis(
    settings: QueueSettings, *, clock: Callable[[], float] = time.time
) -> list[Finding]:
    """Look at the server that serves the queue.

    Raises ``QueueUnavailableError`` when it cannot be reached.
    """
    link = RedisLink(settings, client_name=f"{client_name(settings)}:examination")
    try:
        shortage = await find_shortage(link, settings)
        permissions = (
            Finding("redis permissions", Severity.FAILURE, str(shortage))
            if shortage
            else Finding("redis permissions", Severity.FINE, "every command that is needed")
        )
        facts = _facts(await _asked(link, "INFO"))
        findings = [judge_version(facts), judge_memory(facts), judge_persistence(facts)]
        return [*findings, permissions, await _clock(link, clock)]
    finally:
        await link.close()


def judge_version(facts: Mapping[str, str]) -> Finding:
    """Judge the version of INFO's ``facts``."""
    name, told = "redis version", facts.get("redis_version")
    if told is None:
        return _unknown(name)
    version = tuple(int(part) for part in told.split(".")[:2] if part.isdecimal())
    if version < OLDEST_VERSION:
        return Finding(name, Severity.FAILURE, f"{told} is too old: the queue needs 5.0 or newer")
    if version < ADVISED_VERSION:
        return Finding(name, Severity.WARNING, f"{told} is no longer maintained: 6.2 is advised")
    return Finding(name, Severity.FINE, told)


def judge_memory(facts: Mapping[str, str]) -> Finding:
    """Judge what the server does when its memory is full."""
    name, policy = "redis memory", facts.get("maxmemory_policy")
    if policy is None:
        return _unknown(name)
    if policy == "noeviction":
        return Finding(name, Severity.FINE, "maxmemory-policy is noeviction")
    limited = facts.get("maxmemory", "0") != "0"
    detail = f"maxmemory-policy is {policy}: a full server would drop jobs; set noeviction"
    return Finding(name, Severity.FAILURE if limited else Severity.WARNING, detail)


def judge_persistence(facts: Mapping[str, str]) -> Finding:
    """Judge what of the queue survives a crash of the server.

    Whether snapshots are configured is told to administrators only, so that an append-only file is
    what is looked for.
    """
    name, kept = "redis persistence", facts.get("aof_enabled")
    if kept is None:
        return _unknown(name)
    if kept == "1" and facts.get("aof_last_write_status", "ok") != "ok":
        detail = "the append-only file cannot be written: see the server's log and its disk"
        return Finding(name, Severity.FAILURE, detail)
    if kept == "1":
        return Finding(name, Severity.FINE, "jobs are kept in an append-only file")
    detail = "appendonly is off: jobs since the last snapshot, or all, are lost when Redis crashes"
    return Finding(name, Severity.WARNING, detail)


def judge_clock(skew_s: float) -> Finding:
    """Judge how far our clock is ahead of the server's."""
    name = "redis clock"
    if abs(skew_s) <= MAX_SKEW_S:
        return Finding(name, Severity.FINE, f"within {MAX_SKEW_S:g} s of ours")
    side = "ahead of" if skew_s > 0 else "behind"
    detail = f"this machine's clock is {abs(skew_s):.1f} s {side} the server's: set both by NTP"
    return Finding(name, Severity.FAILURE, detail)


async def _clock(link: RedisLink, clock: Callable[[], float]) -> Finding:
    skew_s = await skew_to(link, clock)
    return _unknown("redis clock") if skew_s is None else judge_clock(skew_s)


async def _asked(link: RedisLink, word: str) -> Reply:
    """Ask for what this user may not be allowed to know."""
    (reply,) = await link.answers([(word,)])
    if isinstance(reply, RedisError) and reply.code != "NOPERM":
        link.checked(reply)
    return reply


def _facts(info: Reply) -> dict[str, str]:
    lines = info.decode(errors="replace").splitlines() if isinstance(info, bytes) else []
    pairs = (line.partition(":") for line in lines if ":" in line)
    return {name: value for name, _, value in pairs}


def _unknown(name: str) -> Finding:
    detail = "cannot be seen: the Redis user may not ask (INFO, TIME)"
    return Finding(name, Severity.WARNING, detail)
