"""Where a storm takes place: a folder, a small disk, a Redis that keeps what it acknowledged."""

from __future__ import annotations

import asyncio
import ctypes
import os
import shutil
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from preview_worker.queue import QueueSettings, QueueUnavailableError
from preview_worker.queue.link import RedisLink
from preview_worker.queue.wire import Reply
from tests.redis_programs import RedisProgram

_CLONE_NEWNS = 0x00020000  # linux/sched.h
_PONG_EVERY_S = 0.005
_RETRY_S = 0.05


@dataclass(slots=True)
class Ground:
    """The folders and the Redis of one run."""

    folder: Path
    redis: RedisProgram
    settings: QueueSettings
    link: RedisLink
    disk: Path | None
    """A file system of its own that may be filled, where we may make one."""

    @property
    def data_dir(self) -> Path:
        """The DATA_DIR that all workers share."""
        return (self.disk or self.folder) / "data"

    @property
    def logs(self) -> Path:
        """Where every process writes its log."""
        return self.folder / "logs"

    async def call(self, *words: str | bytes | int) -> Reply:
        """Send a command to Redis, however long it takes until Redis is there."""
        while True:
            try:
                return await self.link.call(*words)
            except QueueUnavailableError:
                await asyncio.sleep(_RETRY_S)

    async def first_pong(self) -> float:
        """Return the instant, on the monotonic clock, at which Redis answers."""
        while not await _pongs(self.redis.port):  # noqa: ASYNC110 -- a server tells nobody
            await asyncio.sleep(_PONG_EVERY_S)
        return time.monotonic()

    async def close(self) -> None:
        """End Redis, and the disk with what is on it."""
        await self.link.close()
        self.redis.kill()
        if self.disk is not None:
            _run("umount", str(self.disk))


async def prepare(folder: Path, *, disk_mib: int | None = None) -> Ground:
    """Lay out ``folder`` anew and start a Redis; ``disk_mib`` asks for a small disk as well.

    Redis has to write to disk whatever it acknowledges: what a crash of it may lose otherwise is
    Redis' own affair, and would look as if the worker had lost it.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("logs", "tmp", "disk"):
        (folder / name).mkdir(parents=True)
    disk = folder / "disk" if disk_mib and _mount(folder / "disk", disk_mib) else None
    redis = RedisProgram(folder / "redis", appendonly="yes", appendfsync="always")
    settings = QueueSettings(redis_url=redis.url, queue_name="chaos")
    link = RedisLink(settings, client_name="chaos")
    ground = Ground(folder, redis, settings, link, disk)
    (ground.data_dir / "assets").mkdir(parents=True)
    redis.launch()
    await ground.first_pong()
    return ground


async def _pongs(port: int) -> bool:
    with suppress(OSError, TimeoutError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(b"PING\r\n")
            return (await asyncio.wait_for(reader.readline(), 1)).startswith(b"+PONG")
        finally:
            writer.close()
    return False


def _mount(place: Path, size_mib: int) -> bool:
    """Mount a small file system that nobody else sees and that ends with us; False if forbidden."""
    if os.geteuid() != 0 or ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNS) != 0:
        return False
    if not _run("mount", "--make-rprivate", "/"):
        return False
    return _run("mount", "-t", "tmpfs", "-o", f"size={size_mib}m", "chaos", str(place))


def _run(program: str, *arguments: str) -> bool:
    found = shutil.which(program)
    if found is None:
        return False
    return subprocess.run([found, *arguments], capture_output=True, check=False).returncode == 0
