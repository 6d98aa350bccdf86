"""A queue of 10,000 jobs: saved, wiped, killed while it is restored, and restored all the same."""

from __future__ import annotations

import asyncio
import hashlib
import sys
import time
from pathlib import Path

import pytest

from tests.vault import Vault, vault
from tests.workers import environment, run_command

__all__ = ["vault"]

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

JOBS = 10_000
RECOVERY_S = 60.0
"""How long a queue of that size may take to come back."""


async def grow(vault: Vault) -> None:
    """Add jobs of all kinds past the producer, in packets."""
    keys = vault.keys
    commands: list[tuple[str | bytes, ...]] = []
    for number in range(JOBS):
        job_id, payload = f"job-{number}", f'{{"n":{number},"text":"{"é" * 200}"}}'
        fields = ("name", "render-preview", "data", payload, "opts", '{"attempts":5}')
        commands.append(("HSET", str(keys.job(job_id)), *fields, "timestamp", "1"))
        place = (
            ("LPUSH", keys.wait, job_id),
            ("ZADD", keys.prioritized, str((1 + number % 7) * 2**32 + number), job_id),
            ("ZADD", keys.delayed, str((1_900_000_000_000 + number) * 4096), job_id),
            ("ZADD", keys.failed, str(1_700_000_000_000 + number), job_id),
        )
        commands.append(place[number % 4])
    for begin in range(0, len(commands), 1000):
        await vault.link.call_together(commands[begin : begin + 1000])


async def digest(vault: Vault) -> str:
    """Return the sum of everything that a backup has to bring back."""
    return hashlib.sha256(repr(await vault.contents()).encode()).hexdigest()


async def test_ten_thousand_jobs_come_back_within_a_minute(
    vault: Vault, capsys: pytest.CaptureFixture[str]
) -> None:
    """Counts and digests are equal afterwards."""
    await grow(vault)
    before = await digest(vault)
    begin_s = time.monotonic()
    counts = await vault.save()
    saved_s = time.monotonic() - begin_s
    assert {counts[name] for name in ("waiting", "prioritized", "delayed", "failed")} == {2500}
    await vault.wipe()
    begin_s = time.monotonic()
    assert await vault.restore() == (JOBS, 0, False)
    restored_s = time.monotonic() - begin_s
    assert await digest(vault) == before
    with capsys.disabled():
        sys.stdout.write(f"\n{JOBS} jobs: saved in {saved_s:.1f} s, back in {restored_s:.1f} s\n")
    assert restored_s < RECOVERY_S


async def test_a_killed_restore_is_finished_by_the_next(vault: Vault, tmp_path: Path) -> None:
    """SIGKILL in the middle loses no job and doubles none."""
    await grow(vault)
    before = await digest(vault)
    await vault.save()
    await vault.wipe()
    env = environment(vault.settings, tmp_path)
    words = ("-m", "preview_worker", "restore", str(vault.file))
    restoring = await asyncio.create_subprocess_exec(sys.executable, *words, env=env)
    while await vault.link.call("HGET", f"{vault.keys.root}restore:progress", "done") is None:
        assert restoring.returncode is None
    restoring.kill()
    await restoring.wait()
    half = await vault.link.call("LLEN", vault.keys.wait)
    assert isinstance(half, int)
    assert half < JOBS / 4
    done = run_command("restore", str(vault.file), env=env)
    assert done.returncode == 0, done.stderr
    assert await digest(vault) == before
