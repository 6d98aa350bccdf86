"""What Redis has to do for us, by its own books: commands, and processor seconds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from preview_worker.queue import QueueSettings
from preview_worker.queue.link import RedisLink


@dataclass(frozen=True, slots=True)
class Bill:
    """Commands (those within scripts are counted, the scripts themselves too) and time spent."""

    commands: int
    cpu_s: float
    memory_bytes: int

    def __sub__(self, before: Bill) -> Bill:
        """Return what came to it since ``before``."""
        return Bill(
            self.commands - before.commands,
            self.cpu_s - before.cpu_s,
            self.memory_bytes - before.memory_bytes,
        )


async def read_bill(queue: QueueSettings) -> Bill:
    """Ask Redis what it has done since it was started; asking costs it five commands."""
    link = RedisLink(queue, client_name="scaling")
    try:
        told = {name: await _section(link, name) for name in ("commandstats", "cpu", "memory")}
    finally:
        await link.close()
    return Bill(
        commands=sum(_calls(value) for value in told["commandstats"].values()),
        cpu_s=float(told["cpu"]["used_cpu_user"]) + float(told["cpu"]["used_cpu_sys"]),
        memory_bytes=int(told["memory"]["used_memory"]),
    )


def bill(queue: QueueSettings) -> Bill:
    """Do ``read_bill`` where no loop runs."""
    return asyncio.run(read_bill(queue))


def asking(queue: QueueSettings) -> Bill:
    """Return what asking costs, to be taken off a difference of two answers."""
    first = bill(queue)
    return bill(queue) - first


async def _section(link: RedisLink, name: str) -> dict[str, str]:
    told = await link.call("INFO", name)
    text = told.decode() if isinstance(told, bytes) else ""
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def _calls(statistics: str) -> int:
    """Read ``calls`` out of ``calls=12,usec=34,…``."""
    return int(dict(part.split("=") for part in statistics.split(","))["calls"])
