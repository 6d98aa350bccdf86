"""Worker processes on one DATA_DIR: started, listened to, and replaced when they were ended."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from chaos.family import Census, family
from chaos.gate import Gate
from chaos.ground import Ground
from chaos.ledger import Ledger, Told
from preview_worker.queue import QueueSettings
from tests.workers import environment

_LINE_BYTES = 1024 * 1024
_STOP_S = 60.0
_FAKETIME = (
    Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"),
    Path("/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"),
)


def clock_library() -> Path | None:
    """Return the library that shows a process another time, where it is installed."""
    return next((path for path in _FAKETIME if path.is_file()), None)


@dataclass(slots=True)
class Ended:
    """How a worker process ended, and whether that was wanted."""

    worker: str
    status: int
    wanted: frozenset[int]
    took_s: float | None
    """From the signal that ended it; None where there was none."""

    @property
    def surprising(self) -> bool:
        """Tell whether nobody asked for this end."""
        return self.status not in self.wanted


@dataclass(slots=True)
class Berth:
    """A worker's place: its gate to Redis and its clock outlive the processes that fill it."""

    number: int
    gate: Gate
    clock: Path
    more: dict[str, str]
    process: asyncio.subprocess.Process | None = None
    name: str = ""
    starts: int = 0
    wanted: frozenset[int] = frozenset()
    ended_at_s: float | None = None
    """When we signalled the present process to end."""
    probes: int = 0
    """The port on which the present process answers probes."""
    up: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while the worker takes jobs."""

    def step_clock(self, offset_s: int) -> None:
        """Let the wall clock of this worker differ from ours by so much."""
        self.clock.write_text(f"{offset_s:+d}", encoding="ascii")


class Crew:
    """Keeps a worker in every berth until it is told to stop."""

    def __init__(
        self, ground: Ground, ledger: Ledger, census: Census, name: str = "worker"
    ) -> None:
        """Man no berth yet; whoever does is called ``name`` and a number."""
        self._name = name
        self.ground = ground
        self.ledger = ledger
        self.census = census
        self.berths: list[Berth] = []
        self.ends: list[Ended] = []
        self.hung: list[str] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False

    async def man(self, **more: str) -> Berth:
        """Add a berth and a worker for it; ``more`` are further variables of its environment."""
        number = len(self.berths) + 1
        gate = await Gate(self.ground.redis.port).__aenter__()
        berth = Berth(number, gate, self.ground.folder / f"clock-{number}", more)
        berth.step_clock(0)
        self.berths.append(berth)
        self._tasks.append(asyncio.create_task(self._keep(berth)))
        return berth

    def signal(self, berth: Berth, number: signal.Signals) -> None:
        """Signal a worker; what ends it is noted, so that its end is no surprise."""
        process = berth.process
        if process is None or process.returncode is not None:
            return
        if number in {signal.SIGKILL, signal.SIGTERM}:
            # Until a worker listens to signals, it holds nothing, and they just end it.
            early = berth.ended_at_s is None and not berth.up.is_set()
            berth.wanted |= {0, -number} if number is signal.SIGKILL or early else {0}
            berth.ended_at_s = time.monotonic()
            berth.up.clear()
        with suppress(ProcessLookupError):
            process.send_signal(number)

    async def stop(self) -> None:
        """Stop all workers in an orderly way, and start no more."""
        self._stopping = True
        for berth in self.berths:
            self.signal(berth, signal.SIGCONT)
            self.signal(berth, signal.SIGTERM)
        await asyncio.gather(*self._tasks)
        for berth in self.berths:
            await berth.gate.__aexit__()

    def end_all(self) -> None:
        """Kill whatever still runs, when a part ends before its time."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        for berth in self.berths:
            self.signal(berth, signal.SIGKILL)

    def pids(self) -> list[int]:
        """Return all processes of all workers."""
        living = [berth.process.pid for berth in self.berths if berth.up.is_set() and berth.process]
        return [pid for one in living for pid in family(one)]

    async def _keep(self, berth: Berth) -> None:
        while not self._stopping:
            await self._start(berth)
            process = berth.process
            assert process is not None
            await self._listen(berth, process)
            berth.up.clear()
            how = "killed" if -signal.SIGKILL in berth.wanted else "stopped"
            self.ledger.leave(berth.name, berth.ended_at_s or time.monotonic(), how)
            try:
                await asyncio.wait_for(process.wait(), _STOP_S)
            except TimeoutError:
                self.hung.append(berth.name)
                process.kill()
                await process.wait()
            self.census.own.discard(process.pid)
            _forget_clock(process.pid)
            assert process.returncode is not None
            took_s = None if berth.ended_at_s is None else time.monotonic() - berth.ended_at_s
            self.ends.append(Ended(berth.name, process.returncode, berth.wanted, took_s))

    async def _start(self, berth: Berth) -> None:
        berth.starts += 1
        berth.name, berth.wanted = f"{self._name}-{berth.number}.{berth.starts}", frozenset()
        berth.ended_at_s = None
        berth.process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "preview_worker", "work"),
            env=self._environment(berth),
            cwd=self.ground.folder / "tmp",
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            limit=_LINE_BYTES,
        )
        self.census.own.add(berth.process.pid)
        if self._stopping:
            self.signal(berth, signal.SIGTERM)

    async def _listen(self, berth: Berth, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        name = berth.name
        path = self.ground.logs / f"{name}.log"
        with path.open("wb") as log:
            while raw := await process.stderr.readline():
                at_s = time.monotonic()
                log.write(raw)
                log.flush()
                with suppress(ValueError):
                    told = Told(name, at_s, json.loads(raw))
                    self.ledger.note(told)
                    if told.event == "probes.serving":
                        berth.probes = int(told.line["port"])
                    if told.event == "worker.started":
                        berth.up.set()

    def _environment(self, berth: Berth) -> dict[str, str]:
        url = f"redis://127.0.0.1:{berth.gate.port}"
        settings = QueueSettings(redis_url=url, queue_name=self.ground.settings.queue_name)
        library = clock_library()
        clock = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(berth.clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }
        return {
            **environment(settings, self.ground.data_dir),
            "TMPDIR": str(self.ground.folder / "tmp"),
            "LOG_LEVEL": "debug",
            "PYTHONPATH": os.pathsep.join(str(Path(part).resolve()) for part in sys.path if part),
            **(clock if library and berth.more.get("CLOCK") else {}),
            **{name: value for name, value in berth.more.items() if name != "CLOCK"},
        }


def _forget_clock(pid: int) -> None:
    """Remove what libfaketime leaves in shared memory when its process is killed."""
    memory = Path("/dev/shm")  # noqa: S108 -- it is libfaketime's choice
    for name in (f"faketime_shm_{pid}", f"sem.faketime_sem_{pid}"):
        (memory / name).unlink(missing_ok=True)
