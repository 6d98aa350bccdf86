"""Real workers on one queue and one DATA_DIR, more or fewer of them as they are wanted."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any, Self

from benchmarks.footprint import cpu_s
from benchmarks.site import Site, a_worker
from preview_worker.queue import QueueSettings

Line = dict[str, Any]
_PAUSE_S = 0.02
_PATIENCE_S = 600.0
_STARTS = 5
"""A worker gives up when its render processes start too late, as they may on a busy machine."""


class Member:
    """One worker: its process, and what it has logged since it was last asked."""

    def __init__(self, running: AbstractContextManager[Site]) -> None:
        """Return when the worker is ready to take jobs."""
        self._running = running
        self._site = running.__enter__()
        self._lines = self._site.log.open(encoding="utf-8")

    @property
    def pid(self) -> int:
        """The process of the worker itself."""
        return self._site.pid

    def cpu_s(self) -> float:
        """Return the processor seconds of the worker and all its processes since its start."""
        return cpu_s(self._site.pid)

    def news(self) -> Iterable[Line]:
        """Yield what was logged since the last call."""
        while line := self._lines.readline():
            while not line.endswith("\n"):  # it is just being written
                line += self._lines.readline()
            if line.startswith("{"):
                yield json.loads(line)

    def leave(self) -> None:
        """Stop the worker in an orderly way."""
        self._lines.close()
        self._running.__exit__(*sys.exc_info())


class Crew:
    """Workers that render one job at a time, in one process each, behind their walls.

    A context manager; when the block ends all of them are stopped.
    """

    def __init__(
        self, queue: QueueSettings, data_dir: Path, variables: Mapping[str, str] | None = None
    ) -> None:
        """Begin without anybody; everybody will have these ``variables`` in the environment."""
        self.data_dir = data_dir
        self._variables = variables or {}
        self.members: list[Member] = []
        self._queue = queue

    def __enter__(self) -> Self:
        """Return the crew."""
        return self

    def __exit__(self, *_: object) -> None:
        """Send everybody home."""
        self.resize(0)

    def resize(self, count: int) -> list[Member]:
        """Have ``count`` workers, and return those that are new.

        Two are started at a time: more of them would be too slow for each other on a busy machine.
        """
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(Member.leave, self.members[count:]))
            del self.members[count:]
            new = list(pool.map(self._hire, range(len(self.members), count)))
        self.members += new
        return new

    def cpu_s(self) -> float:
        """Return the processor seconds of all workers and their processes."""
        return sum(member.cpu_s() for member in self.members)

    def pids(self) -> list[int]:
        """Return the processes of the workers, without those that they have started."""
        return [member.pid for member in self.members]

    def listen(self, settled: int) -> list[Line]:
        """Return what the workers log until so many jobs are settled; ``worker`` says who.

        Raises ``TimeoutError`` when that takes more than ten minutes.
        """
        told: list[Line] = []
        deadline_s = time.monotonic() + _PATIENCE_S
        while True:
            told += [
                {**line, "worker": number}
                for number, member in enumerate(self.members)
                for line in member.news()
            ]
            if sum(line["event"] == "job.settled" for line in told) >= settled:
                return told
            if time.monotonic() > deadline_s:
                message = f"{settled} jobs were not settled in {_PATIENCE_S:.0f} s: {told[-3:]}"
                raise TimeoutError(message)
            time.sleep(_PAUSE_S)

    def _hire(self, _: int) -> Member:
        more = {
            "DATA_DIR": str(self.data_dir),
            "PREVIEW_WORKER_CONCURRENCY": "1",
            "PREVIEW_RENDER_PROCESSES": "1",
            "LOG_LEVEL": "debug",  # which tells the processor time of each render
            **self._variables,
        }
        for _ in range(_STARTS - 1):
            with suppress(SystemExit):
                return Member(a_worker(self._queue, **more))
        return Member(a_worker(self._queue, **more))
