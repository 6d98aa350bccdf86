"""Backups of a queue in a real Redis, and their way back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from preview_worker.queue import BackupFileError, QueueNotEmptyError, Replay, Restoration
from preview_worker.queue.dead_queue import BullDeadLetters
from preview_worker.queue.restore import QueueRestore
from tests.redis_server import leased
from tests.vault import Vault, add, fill, vault
from tests.workers import environment, run_command

__all__ = ["vault"]

pytestmark = pytest.mark.anyio


async def test_every_state_comes_back_as_it_was(vault: Vault) -> None:
    """Hashes, order, scores, logs, ties of flows, schedulers, pause, limits and dead letters."""
    await fill(vault)
    before = await vault.contents()
    counts = await vault.save()
    assert counts == {
        "meta": 2,
        "scheduler": 1,
        "waiting": 6,
        "prioritized": 6,
        "delayed": 1,
        "completed": 1,
        "failed": 1,
        "waiting-children": 1,
        "dead": 1,
    }
    await vault.wipe()
    assert await vault.restore() == (18, 0, False)
    assert await vault.contents() == before


async def test_restored_jobs_come_in_the_same_order(vault: Vault) -> None:
    """Those that ran are first in line, then the waiting ones by age, then priorities."""
    for number in range(4):
        await add(vault, f"wait-{number}")
    for number, priority in enumerate((3, 1, 2, 1)):
        await add(vault, f"prio-{number}", priority=priority)
    running = [(await leased(vault.queue)).id for _ in range(2)]
    assert running == ["wait-0", "wait-1"]
    counts = await vault.save()
    assert (counts["active"], counts["waiting"], counts["prioritized"]) == (2, 2, 4)
    await vault.wipe()
    await vault.restore()
    await add(vault, "new", priority=1)
    taken = [(await leased(vault.queue)).id for _ in range(9)]
    assert taken[:4] == ["wait-0", "wait-1", "wait-2", "wait-3"]
    assert taken[4:] == ["prio-1", "prio-3", "new", "prio-2", "prio-0"]


async def test_the_jobs_of_a_queue_that_bullmq_5_paused_stay_aside(vault: Vault) -> None:
    """Its resuming renames the list, so that nothing may stand in the other one."""
    await add(vault, "a")
    await leased(vault.queue)
    await add(vault, "b")
    await vault.link.call("RENAME", vault.keys.wait, vault.keys.paused)
    await vault.save()
    await vault.wipe()
    await vault.restore()
    assert await vault.link.call("LRANGE", vault.keys.paused, 0, -1) == [b"b", b"a"]
    assert await vault.link.call("EXISTS", vault.keys.wait) == 0


async def test_a_restored_letter_can_be_replayed(vault: Vault) -> None:
    """It holds all that it held."""
    await fill(vault)
    await vault.save()
    await vault.wipe()
    await vault.restore()
    dead = BullDeadLetters(vault.settings)
    letter = await dead.find("dead")
    assert letter is not None
    assert json.loads(letter.payload) == {"id": "dead"}
    assert await dead.replay("dead") is Replay.REPLAYED
    await dead.close()


async def test_a_queue_with_jobs_is_left_alone(vault: Vault) -> None:
    """Whatever the state of the job, and a dead letter counts as well."""
    await add(vault, "a")
    await vault.save()
    await vault.wipe()
    await add(vault, "later", delay_ms=60_000)
    before = await vault.contents()
    with pytest.raises(QueueNotEmptyError, match="holds 1 jobs"):
        await vault.restore()
    assert await vault.contents() == before


async def test_merging_adds_what_is_not_there(vault: Vault) -> None:
    """Jobs that are there are left as they are, and so is the queue's pause."""
    for job_id in "ab":
        await add(vault, job_id)
    await vault.link.call("HSET", vault.keys.meta, "paused", 1)
    await vault.save()
    await vault.wipe()
    for job_id in "cb":
        await add(vault, job_id)
    assert await vault.restore(merge=True) == (1, 1, False)
    assert [(await leased(vault.queue)).id for _ in "abc"] == ["c", "b", "a"]


async def test_an_interrupted_restore_is_taken_up(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it ended, the next one brings the rest, and nothing twice."""
    monkeypatch.setattr("preview_worker.queue.restore._STEP_RECORDS", 3)
    await fill(vault)
    before = await vault.contents()
    await vault.save()
    await vault.wipe()
    steps = 0
    done: Restoration | None = None
    while done is None:
        restoring = QueueRestore(vault.settings)
        die_after(restoring, steps_left=1, monkeypatch=monkeypatch)
        try:
            done = await restoring.read(vault.file)
        except InterruptedError:
            steps += 1
        finally:
            await restoring.close()
    assert steps == 6
    assert (done.restored, done.skipped, done.resumed) == (18, 0, True)
    assert await vault.contents() == before


def die_after(restoring: QueueRestore, *, steps_left: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the restore end as by a kill when it begins one step too many."""
    carry_out = restoring._carry_out  # noqa: SLF001 -- the seam between two steps is inside
    left = steps_left

    async def counted(*args: Any, **flags: Any) -> None:
        nonlocal left
        if not left:
            raise InterruptedError
        left -= 1
        await carry_out(*args, **flags)

    monkeypatch.setattr(restoring, "_carry_out", counted)


@pytest.mark.parametrize("damage", ["cut", "flip", "drop", "empty", "foreign", "version"])
async def test_nothing_is_written_of_a_damaged_file(vault: Vault, damage: str) -> None:
    """One changed, missing or foreign byte is enough."""
    await fill(vault)
    await vault.save()
    await vault.wipe()
    lines = vault.file.read_bytes().splitlines(keepends=True)
    spoiled = {
        "cut": b"".join(lines)[:-100],
        "flip": b"".join(lines).replace(b"wait-3", b"wait-9", 1),
        "drop": b"".join([*lines[:5], *lines[6:]]),
        "empty": b"",
        "foreign": b'{"jobs":[]}\n',
        "version": b"".join(lines).replace(b'"version":1', b'"version":2', 1),
    }
    vault.file.write_bytes(spoiled[damage])
    with pytest.raises(BackupFileError):
        await vault.restore()
    assert await vault.names() == []


async def test_the_commands_save_and_restore(vault: Vault, tmp_path: Path) -> None:
    """Each tells what it did, and ends with the status that fits what went wrong."""
    await fill(vault)
    before = await vault.contents()
    env = environment(vault.settings, tmp_path)
    path = str(tmp_path / "saved")
    saved = json.loads(run_command("backup", path, "--json", env=env).stdout)
    assert (saved["queue"], saved["counts"]["waiting"]) == (vault.settings.queue_name, 6)
    assert run_command("restore", path, env=env).returncode == 1
    await vault.wipe()
    done = json.loads(run_command("restore", path, "--json", env=env).stdout)
    assert (done["restored"], done["sha256"]) == (18, saved["sha256"])
    assert await vault.contents() == before
    assert run_command("restore", str(tmp_path / "none"), env=env).returncode == 3
    assert run_command("backup", str(tmp_path / "no" / "where"), env=env).returncode == 1
