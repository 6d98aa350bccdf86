"""The invariants: what must hold after every storm, and what was looked at to say that it does."""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chaos.family import zombies
from chaos.orders import PROJECT, Order
from chaos.report import Report
from chaos.witness import GoneError, read_whole, undecodable
from preview_worker.artifacts.local import STAGING
from preview_worker.artifacts.turns import TURNS
from preview_worker.observability import endings, read_log, unaccounted
from preview_worker.queue.dead_queue import BullDeadLetters
from preview_worker.queue.keys import QueueKeys
from tests.workers import environment, run_command

if TYPE_CHECKING:
    from chaos.crew import Ended
    from chaos.family import Census
    from chaos.ground import Ground
    from chaos.ledger import Ledger

SHOWN = 5
"""Offenders that an account names; the logs tell of the others."""

_LISTS = ("wait", "paused", "active")
_SETS = ("prioritized", "delayed", "completed", "failed", "waiting_children")
_TERMINAL = {"completed", "failed"}
_OF_DATA_DIR = {"assets", "audit", "cache", "live", "previews", STAGING}

States = Mapping[str, list[str]]


async def read_states(ground: Ground) -> States:
    """Return, for each job id that any list or set of the queue holds, which ones hold it."""
    keys = QueueKeys(ground.settings.prefix, ground.settings.queue_name)
    states: dict[str, list[str]] = {}
    for name in (*_LISTS, *_SETS):
        command = "LRANGE" if name in _LISTS else "ZRANGE"
        found = await ground.call(command, getattr(keys, name), 0, -1)
        assert isinstance(found, list)
        for raw in found:
            assert isinstance(raw, bytes)
            states.setdefault(raw.decode(), []).append(name)
    return states


async def read_codes(ground: Ground) -> Mapping[str, str]:
    """Return the code of every dead letter by the id of its job."""
    letters = BullDeadLetters(ground.settings)
    try:
        return {letter.id: letter.code async for letter in letters.letters()}
    finally:
        await letters.close()


def judge_states(
    report: Report, orders: Mapping[str, Order], states: States, codes: Mapping[str, str]
) -> None:
    """I1: every order is in exactly one state, the right one, and failed with the right code."""
    wrong = [
        f"{order.id} is {'+'.join(states.get(order.id, ['lost']))} {codes.get(order.id, '')}"
        for order in orders.values()
        if not _is_right(order, states.get(order.id, []), codes)
    ]
    wrong += [f"{job_id} was never submitted" for job_id in set(states) - set(orders)]
    counted = Counter("+".join(state) for state in states.values())
    told = ", ".join(f"{count} {state}" for state, count in sorted(counted.items()))
    report.invariant(
        "I1", holds=not wrong, evidence=f"{len(orders)} submitted: {told}{_some(wrong)}"
    )
    false = sum("failed" in states.get(one.id, []) for one in orders.values() if one.code is None)
    report.figure("jobs", len(orders))
    report.figure("lost jobs", len(set(orders) - set(states)), limit=0)
    report.figure("false failures", false, limit=0)


def _is_right(order: Order, states: list[str], codes: Mapping[str, str]) -> bool:
    if order.code is None:
        return states == ["completed"] and order.id not in codes
    return states == ["failed"] and codes.get(order.id) == order.code


async def judge_previews(report: Report, ground: Ground, states: States) -> None:
    """I2: one manifest for each completed job, of which all digests match and all media decode."""
    done = {job_id for job_id, state in states.items() if state == ["completed"]}
    there = {path.name for path in _entries(ground.data_dir / "previews" / PROJECT)}
    wrong, media = await asyncio.to_thread(_read_all, ground, done & there)
    wrong += [f"{job_id} completed without a preview" for job_id in done - there]
    wrong += [f"{name} is published, but no job completed so" for name in there - done]
    report.invariant(
        "I2",
        holds=not wrong,
        evidence=f"{len(there)} manifests for {len(done)} completed jobs, "
        f"{media} media files decoded to their ends{_some(wrong)}",
    )
    report.figure("duplicate or partial previews", len(wrong), limit=0)


def _read_all(ground: Ground, names: Iterable[str]) -> tuple[list[str], int]:
    wrong: list[str] = []
    seen: set[str] = set()
    for name in names:
        folder = ground.data_dir / "previews" / PROJECT / name
        try:
            record, faults = read_whole(folder)
        except (GoneError, OSError) as error:
            wrong.append(f"{name} cannot be read: {error!r}")
            continue
        wrong += faults
        if record.job_id != name:
            wrong.append(f"{name} holds the manifest of {record.job_id}")
        media = {file.sha256 for file in record.files if file.name.endswith((".mp4", ".webm"))}
        if media - seen:
            wrong += undecodable(folder)
        seen |= media
    return wrong, len(seen)


@dataclass(frozen=True, slots=True)
class Places:
    """Where workers may leave something: the DATA_DIR of each, and the folder that is no one's."""

    homes: Sequence[Path]
    tmp: Path


def judge_remains(report: Report, places: Places, census: Census, living: list[int]) -> None:
    """I3: no zombie, no orphan, nothing in the staging area, nothing outside of the folders."""
    staged, strays = list[Path](), _entries(places.tmp)
    for home in places.homes:
        staged += [path for path in _entries(home / STAGING) if path.name != TURNS]
        strays += [path for path in _entries(home) if path.name not in _OF_DATA_DIR]
        strays += [path for path in _entries(home / "previews") if path.name != PROJECT]
    dead = zombies(living)
    wrong = [f"{len(dead)} zombies"] if dead else []
    wrong += [f"orphan {pid}" for pid in census.living_orphans]
    wrong += [f"left in staging: {path.name}" for path in staged]
    wrong += [f"outside: {path}" for path in strays]
    report.invariant(
        "I3",
        holds=not wrong,
        evidence=f"{len(dead)} zombies, {len(census.living_orphans)} orphans alive of "
        f"{census.orphans} processes that outlived a parent, {len(staged)} folders in staging, "
        f"{len(strays)} strays{_some(wrong)}",
    )
    report.figure("longest life of an orphan", round(census.longest_orphan_s, 2), "s")


def judge_ends(
    report: Report, ends: Sequence[Ended], hung: Sequence[str], defects: Sequence[str]
) -> None:
    """I4: no worker ended or hung by itself, and none met a case that it does not handle."""
    surprising = [f"{one.worker} ended with {one.status}" for one in ends if one.surprising]
    wrong = surprising + [f"{name} did not stop" for name in hung]
    wrong += [f"defect: {trace[-200:]}" for trace in defects]
    killed = sum(one.status < 0 for one in ends)
    report.invariant(
        "I4",
        holds=not wrong,
        evidence=f"{len(ends)} workers ended, {killed} of them killed by us, the others with "
        f"0 when told to; {len(wrong)} surprises{_some(wrong)}",
    )


async def judge_audit(report: Report, ground: Ground, ledger: Ledger, states: States) -> None:
    """I5: the audit chain verifies, and every final state has its record, once and truly.

    A worker that is killed as it tells the queue leaves an announcement, which will do. What a full
    disk refused stands in the worker's log.
    """
    verified = await _ask_audit(ground, "verify")
    told = [record.document for record in read_log(ground.data_dir / "audit")]
    announced = sum(not ending.confirmed for ending in endings(told))
    final = {job_id: state[0] for job_id, state in states.items() if set(state) <= _TERMINAL}
    wrong = unaccounted(told, {job: final[job] for job in final.keys() - ledger.unwritten})
    if not verified["ok"]:
        wrong.append(f"the chain does not verify: {verified['fault']}")
    report.invariant(
        "I5",
        holds=not wrong,
        evidence=f"{verified['records']} records in one chain, {verified['gaps']} gaps told, "
        f"{len(final)} final states, {announced} attempts announced and not confirmed"
        f"{_some(wrong)}",
    )


async def _ask_audit(ground: Ground, question: str) -> Mapping[str, Any]:
    env = environment(ground.settings, ground.data_dir)
    done = await asyncio.to_thread(run_command, "audit", question, "--json", env=env)
    answer: Mapping[str, Any] = json.loads(done.stdout)
    return answer


def judge_sockets(report: Report, looks: int, foreign: Counter[str]) -> None:
    """I6: no socket of any worker process leads elsewhere than to Redis and to the probes."""
    report.invariant(
        "I6",
        holds=not foreign and looks > 0,
        evidence=f"{looks} looks at the sockets of every worker process, "
        f"{len(foreign)} to elsewhere{_some(list(foreign))}",
    )


def _entries(folder: Path) -> list[Path]:
    try:
        return [Path(entry.path) for entry in os.scandir(folder)]
    except FileNotFoundError:
        return []


def _some(wrong: list[str]) -> str:
    return f": {'; '.join(sorted(wrong)[:SHOWN])}" if wrong else ""
