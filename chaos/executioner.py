"""The executioner: carries out the strikes of a plan, and mends afterwards what can be mended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from chaos.crew import Berth, clock_library
from chaos.exercise import Exercise
from chaos.family import family
from chaos.strikes import Fault, Strike
from preview_worker.queue.keys import QueueKeys

_CLOCK_STEPS_S = (-60, -5, 5, 60)
_SLOW_DELAY_S = 0.25
_SLOW_BYTES = 2_000
_COSTS_A_LOCK = {
    Fault.WORKER_KILLED,
    Fault.WORKER_FROZEN,
    Fault.LINE_CUT,
    Fault.LINE_SILENT,
    Fault.LINE_SLOW,
}
_BALLAST_BYTES = 64 * 1024


class Executioner:
    """Strikes, in its own time; several strikes may last at once, but only one of a kind."""

    def __init__(self, exercise: Exercise) -> None:
        """Strike at what takes part in ``exercise``."""
        self._here = exercise
        self._tasks: dict[Fault, asyncio.Task[None]] = {}
        self._ways: Mapping[Fault, Callable[[Strike], Awaitable[bool]]] = {
            Fault.WORKER_KILLED: self._kill_worker,
            Fault.WORKER_STOPPED: self._stop_worker,
            Fault.WORKER_FROZEN: self._freeze_worker,
            Fault.CHILD_KILLED: self._kill_child,
            Fault.ZYGOTE_KILLED: self._kill_zygote,
            Fault.REDIS_KILLED: self._kill_redis,
            Fault.LINE_CUT: self._cut,
            Fault.LINE_RESET: self._reset,
            Fault.LINE_SLOW: self._slow,
            Fault.LINE_SILENT: self._silence,
            Fault.LOCK_DELETED: self._delete_lock,
            Fault.DISK_FULL: self._fill_disk,
            Fault.CLOCK_STEPPED: self._step_clock,
        }

    async def carry_out(self, strikes: list[Strike]) -> None:
        """Carry out all strikes, each at its time, and return when the last is over."""
        begin_s = time.monotonic()
        for strike in strikes:
            await asyncio.sleep(max(0.0, begin_s + strike.at_s - time.monotonic()))
            running = self._tasks.get(strike.fault)
            if running is None or running.done():
                self._tasks[strike.fault] = asyncio.create_task(self._strike(strike))
        await asyncio.gather(*self._tasks.values())

    async def _strike(self, strike: Strike) -> None:
        faults = self._here.report.faults
        name = str(strike.fault)
        if strike.fault in _COSTS_A_LOCK and await self._here.fragile():
            name = "strikes spared"
        elif not await self._ways[strike.fault](strike):
            name = "strikes that met nobody"
        faults[name] = faults.get(name, 0) + 1

    def _victim(self, strike: Strike) -> Berth | None:
        living = [berth for berth in self._here.crew.berths if berth.up.is_set()]
        return living[int(strike.first * len(living))] if living else None

    async def _kill_worker(self, strike: Strike) -> bool:
        return self._signal(strike, signal.SIGKILL)

    async def _stop_worker(self, strike: Strike) -> bool:
        return self._signal(strike, signal.SIGTERM)

    def _signal(self, strike: Strike, number: signal.Signals) -> bool:
        victim = self._victim(strike)
        if victim is not None:
            self._here.crew.signal(victim, number)
        return victim is not None

    async def _freeze_worker(self, strike: Strike) -> bool:
        victim = self._victim(strike)
        if victim is None or victim.process is None:
            return False
        process = victim.process
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGSTOP)
            await asyncio.sleep(strike.lasts_s)
            process.send_signal(signal.SIGCONT)
        return True

    async def _kill_child(self, strike: Strike) -> bool:
        """Kill a render process: one that the zygote forked, or one that such a one forked."""
        victim = self._victim(strike)
        if victim is None or victim.process is None:
            return False
        children = family(victim.process.pid)[2:]  # after the worker and its zygote
        return bool(children) and _kill(children[int(strike.second * len(children))])

    async def _kill_zygote(self, strike: Strike) -> bool:
        victim = self._victim(strike)
        if victim is None or victim.process is None:
            return False
        zygote = family(victim.process.pid)[1:2]
        return bool(zygote) and _kill(zygote[0])

    async def _kill_redis(self, strike: Strike) -> bool:
        self._here.ground.redis.kill()
        await asyncio.sleep(strike.lasts_s)
        await self._here.restart_redis()
        return True

    async def _cut(self, strike: Strike) -> bool:
        berth = self._any(strike)
        berth.gate.cut()
        await asyncio.sleep(strike.lasts_s)
        berth.gate.open()
        return True

    async def _reset(self, strike: Strike) -> bool:
        self._any(strike).gate.reset()
        return True

    async def _slow(self, strike: Strike) -> bool:
        berth = self._any(strike)
        berth.gate.slow(_SLOW_DELAY_S, _SLOW_BYTES)
        await asyncio.sleep(strike.lasts_s)
        berth.gate.open()
        return True

    async def _silence(self, strike: Strike) -> bool:
        berth = self._any(strike)
        berth.gate.silence()
        await asyncio.sleep(strike.lasts_s)
        berth.gate.open()
        return True

    async def _delete_lock(self, strike: Strike) -> bool:
        """Take a running job's lock away, as if nobody held it: two workers then run the job."""
        ground = self._here.ground
        keys = QueueKeys(ground.settings.prefix, ground.settings.queue_name)
        active = await ground.call("LRANGE", keys.active, 0, -1)
        assert isinstance(active, list)
        if not active:
            return False
        raw = active[int(strike.second * len(active))]
        assert isinstance(raw, bytes)
        return await ground.call("DEL", str(keys.lock(raw.decode()))) == 1

    async def _fill_disk(self, strike: Strike) -> bool:
        """Fill the disk to the last byte, for a while."""
        disk = self._here.ground.disk
        if disk is None:
            return False
        ballast = disk / "ballast"
        await asyncio.to_thread(_fill, ballast)
        await asyncio.sleep(strike.lasts_s)
        ballast.unlink()
        return True

    async def _step_clock(self, strike: Strike) -> bool:
        if clock_library() is None:
            return False
        berth = self._any(strike)
        berth.step_clock(_CLOCK_STEPS_S[int(strike.second * len(_CLOCK_STEPS_S))])
        await asyncio.sleep(strike.lasts_s)
        berth.step_clock(0)
        return True

    def _any(self, strike: Strike) -> Berth:
        berths = self._here.crew.berths
        return berths[int(strike.first * len(berths))]


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(_BALLAST_BYTES))
