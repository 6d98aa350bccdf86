"""Strikes that are aimed: at a moment of a batch, and at whoever works on it then."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from chaos.crew import Berth
from chaos.exercise import Exercise
from chaos.family import family
from chaos.ledger import Told
from chaos.storage_gate import Request, StorageGate
from preview_worker.artifacts.objects.pointer import POINTER_NAME

_LATEST_S = 0.8
"""A strike at a part or at the whole comes up to so long after it was begun."""
_REDIS_S = (1.0, 8.0)
_FULL_SHARE = 0.12
"""How many outages of the storage take as long as one may."""
_SPARE_S = 0.3


class Moment(StrEnum):
    """What a batch is at when it is struck."""

    PART = "a part is filmed"
    WHOLE = "the whole is joined"
    UPLOAD = "its files are uploaded"
    POINTER = "its pointer is written"


class Blow(StrEnum):
    """What is done."""

    WORKER_KILLED = "worker killed"
    ZYGOTE_KILLED = "zygote killed"
    REDIS_KILLED = "Redis killed"
    STORAGE_CUT = "storage cut"
    STORAGE_SILENT = "storage silent"
    STORAGE_BUSY = "storage busy"


STORAGE = (Blow.STORAGE_CUT, Blow.STORAGE_SILENT, Blow.STORAGE_BUSY)


@dataclass(frozen=True, slots=True)
class Aim:
    """One strike: at which batch, when, how, and for how long what is broken stays so."""

    batch: int
    moment: Moment
    blow: Blow
    part: float
    """Which of the batch's parts, from 0 up to 1."""
    after_s: float
    lasts_s: float


def plan_aims(seed: int, batches: int, strikes: int, outage_s: tuple[float, float]) -> list[Aim]:
    """Return so many strikes, spread over the batches; every blow at every moment comes round.

    The storage is away for ``outage_s``, at least and at most.
    """
    draw = random.Random(seed)
    bag: list[tuple[Moment, Blow]] = []
    aims = []
    for number in range(strikes):
        if not bag:
            bag = [(moment, blow) for moment in Moment for blow in Blow]
            draw.shuffle(bag)
        moment, blow = bag.pop()
        publishing = moment in {Moment.UPLOAD, Moment.POINTER}
        after_s = draw.uniform(0, 0.02 if publishing else _LATEST_S)
        shortest_s, longest_s = outage_s
        away_s = draw.uniform(shortest_s, max(shortest_s, longest_s / 4))
        if draw.random() < _FULL_SHARE:
            away_s = longest_s
        lasts_s = away_s if blow in STORAGE else draw.uniform(*_REDIS_S)
        aims.append(Aim(number % batches, moment, blow, draw.random(), after_s, lasts_s))
    return aims


class Marksman:
    """Waits for the moments of a batch, and strikes."""

    def __init__(self, here: Exercise, storage: StorageGate) -> None:
        """Strike at who takes part in ``here``, and at ``storage``."""
        self._here = here
        self._storage = storage
        self._redis = asyncio.Lock()
        self._outage = asyncio.Lock()
        self._ways: Mapping[Blow, Callable[[Aim, str], Awaitable[bool]]] = {
            Blow.WORKER_KILLED: self._kill_worker,
            Blow.ZYGOTE_KILLED: self._kill_zygote,
            Blow.REDIS_KILLED: self._kill_redis,
            Blow.STORAGE_CUT: self._cut,
            Blow.STORAGE_SILENT: self._silence,
            Blow.STORAGE_BUSY: self._refuse,
        }

    def expect(self, aim: Aim, batch_id: str, parts: int) -> asyncio.Task[str]:
        """Return a task that ends when the moment has come, with the job that it is about."""
        match aim.moment:
            case Moment.PART:
                return self._started(f"{batch_id}-part-{1 + int(aim.part * parts)}", whole=False)
            case Moment.WHOLE:
                return self._started(batch_id, whole=True)
            case Moment.UPLOAD:
                return self._asked(batch_id, lambda path: f"/{batch_id}/" in path)
            case Moment.POINTER:
                pointer = f"/{batch_id}/{POINTER_NAME}"
                return self._asked(batch_id, lambda path: path.endswith(pointer))

    async def strike(self, aim: Aim, moment: asyncio.Task[str]) -> float:
        """Strike when the moment has come; return the instant at which all is whole again.

        When the moment is cancelled, because it never came, nothing is done.
        """
        await asyncio.wait({moment})
        if moment.cancelled():
            name = "strikes whose moment did not come"
        else:
            await asyncio.sleep(aim.after_s)
            struck = await self._ways[aim.blow](aim, moment.result())
            name = str(aim.blow) if struck else "strikes that met nobody"
        faults = self._here.report.faults
        faults[name] = faults.get(name, 0) + 1
        return time.monotonic()

    def _started(self, job_id: str, *, whole: bool) -> asyncio.Task[str]:
        def fits(told: Told) -> bool:
            if told.event != "job.started":
                return False
            return told.job_id == job_id if whole else told.job_id.startswith(job_id)

        heard = self._here.ledger.hear(fits)

        async def started() -> str:
            return (await heard).job_id

        return asyncio.create_task(started())

    def _asked(self, batch_id: str, is_meant: Callable[[str], bool]) -> asyncio.Task[str]:
        def fits(request: Request) -> bool:
            return request.method == "PUT" and is_meant(request.path)

        heard = self._storage.expect(fits)

        async def asked() -> str:
            await heard
            return batch_id

        return asyncio.create_task(asked())

    async def _victim(self, job_id: str) -> Berth | None:
        """Return who runs the job, once it is sure that the job survives one more loss."""
        while await self._here.fragile():  # noqa: ASYNC110 -- only Redis knows
            await asyncio.sleep(_SPARE_S)
        name = self._here.ledger.held_by(job_id)
        berths = [berth for berth in self._here.crew.berths if berth.up.is_set()]
        return next((berth for berth in berths if berth.name == name), None)

    async def _kill_worker(self, aim: Aim, job_id: str) -> bool:
        del aim
        victim = await self._victim(job_id)
        if victim is not None:
            self._here.crew.signal(victim, signal.SIGKILL)
        return victim is not None

    async def _kill_zygote(self, aim: Aim, job_id: str) -> bool:
        del aim
        victim = await self._victim(job_id)
        if victim is None or victim.process is None:
            return False
        with suppress(OSError, IndexError):
            os.kill(family(victim.process.pid)[1], signal.SIGKILL)
            return True
        return False

    async def _kill_redis(self, aim: Aim, job_id: str) -> bool:
        del job_id
        async with self._redis:
            self._here.ground.redis.kill()
            await asyncio.sleep(aim.lasts_s)
            await self._here.restart_redis()
        return True

    async def _cut(self, aim: Aim, job_id: str) -> bool:
        del job_id
        return await self._break(self._storage.cut, aim.lasts_s)

    async def _silence(self, aim: Aim, job_id: str) -> bool:
        del job_id
        return await self._break(self._storage.silence, aim.lasts_s)

    async def _refuse(self, aim: Aim, job_id: str) -> bool:
        del job_id
        return await self._break(self._storage.busy, aim.lasts_s)

    async def _break(self, how: Callable[[], None], lasts_s: float) -> bool:
        """Have the storage away for a while; one outage waits for the end of another one."""
        async with self._outage:
            how()
            await asyncio.sleep(lasts_s)
            self._storage.open()
        return True
