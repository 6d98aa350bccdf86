"""A queue that can be filled, saved, wiped, restored and compared with what it was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from preview_worker.queue import Completed, Failed, JobRequest, QueueSettings
from preview_worker.queue.backup import QueueBackup
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.producer import BullProducer
from preview_worker.queue.restore import QueueRestore
from preview_worker.queue.wire import Reply
from tests.redis_server import leased

READERS = {
    b"hash": ("HGETALL",),
    b"list": ("LRANGE", 0, -1),
    b"zset": ("ZRANGE", 0, -1, "WITHSCORES"),
    b"set": ("SMEMBERS",),
    b"string": ("GET",),
}
PASSING = ("events", "marker", "stalled", "stalled-check", "limiter", "checkpoints")
"""Keys that a backup leaves out: they tell of moments, not of jobs."""


@dataclass
class Vault:
    """A queue, and all that is needed to save, wipe and restore it."""

    settings: QueueSettings
    queue: BullQueue
    producer: BullProducer
    link: RedisLink
    keys: QueueKeys
    file: Path

    async def save(self) -> dict[str, int]:
        """Write the backup; return its counts."""
        backup = QueueBackup(self.settings)
        counts = dict((await backup.write(self.file)).counts)
        await backup.close()
        return counts

    async def restore(self, *, merge: bool = False) -> tuple[int, int, bool]:
        """Restore the backup; return what was restored, skipped, and whether it was resumed."""
        restoring = QueueRestore(self.settings)
        try:
            done = await restoring.read(self.file, merge=merge)
        finally:
            await restoring.close()
        return done.restored, done.skipped, done.resumed

    async def wipe(self) -> None:
        """Remove every key of the queue and of its dead letters."""
        for key in await self.names():
            await self.link.call("DEL", key)

    async def names(self) -> list[bytes]:
        """Return every key of the queue and of its dead letters."""
        found = await self.link.call("KEYS", f"{self.keys.root[:-1]}*")
        assert isinstance(found, list)
        return sorted(key for key in found if isinstance(key, bytes))

    async def contents(self) -> dict[bytes, Reply]:
        """Return everything that a backup has to bring back."""
        contents: dict[bytes, Reply] = {}
        for key in await self.names():
            throughput = key.startswith(self.keys.metrics("").encode())
            if throughput or key.rpartition(b":")[2].decode(errors="replace") in PASSING:
                continue
            kind = await self.link.call("TYPE", key)
            assert isinstance(kind, bytes)
            command, *rest = READERS[kind]
            reply = await self.link.call(command, key, *rest)
            if kind == b"hash" and isinstance(reply, list):
                pairs = zip(reply[::2], reply[1::2], strict=True)
                reply = [list(pair) for pair in sorted(pairs, key=str)]
            if kind == b"set" and isinstance(reply, list):
                reply = sorted(reply, key=str)
            contents[key] = reply
        return contents


@pytest.fixture
async def vault(queue_settings: QueueSettings, tmp_path: Path) -> AsyncIterator[Vault]:
    """A queue of its own for each test."""
    vault = Vault(
        queue_settings,
        BullQueue(queue_settings),
        BullProducer(queue_settings),
        RedisLink(queue_settings, client_name="test"),
        QueueKeys(queue_settings.prefix, queue_settings.queue_name),
        tmp_path / "queue.backup",
    )
    yield vault
    for part in (vault.queue, vault.producer, vault.link):
        await part.close()


async def add(vault: Vault, job_id: str, **options: Any) -> None:
    """Add a job whose payload tells its id."""
    await vault.producer.add(JobRequest(payload={"id": job_id}, job_id=job_id, **options))


async def fill(vault: Vault) -> None:
    """Bring a job into every state, with an odd one among them."""
    await add(vault, "done")
    await vault.queue.settle(await leased(vault.queue), Completed({"n": 1}))
    await add(vault, "dead")
    job = await leased(vault.queue)
    await vault.queue.log(job, "a line with é")
    await vault.queue.settle(job, Failed("permanent.render_crash", "it crashed"))
    for number in range(5):
        await add(vault, f"wait-{number}")
    for number in range(6):
        await add(vault, f"prio-{number}", priority=1 + number % 3)
    await add(vault, "later", delay_ms=60_000)
    odd, key = b"odd-\xff", vault.keys.job("family")
    await vault.link.call(
        "HSET", vault.keys.job(odd), "name", "n", "data", b"\x00\xff", "opts", "{}"
    )
    await vault.link.call("LPUSH", vault.keys.wait, odd)
    await vault.link.call("HSET", key, "name", "parent", "data", "{}", "opts", "{}")
    await vault.link.call("ZADD", vault.keys.waiting_children, 5, "family")
    await vault.link.call("SADD", f"{key!s}:dependencies", "bull:other:child")
    await vault.link.call("HSET", f"{key!s}:processed", "bull:other:first", "{}")
    await vault.link.call("HSET", vault.keys.job("later"), "deid", "same")
    await vault.link.call("SET", f"{vault.keys.root}de:same", "later")
    await vault.link.call("HSET", vault.keys.meta, "paused", 1, "concurrency", 7)
    await vault.link.call("ZADD", vault.keys.repeat, 1_900_000_000_000, "nightly")
    await vault.link.call(
        "HSET", f"{vault.keys.repeat}:nightly", "name", "n", "pattern", "0 3 * * *"
    )
