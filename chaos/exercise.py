"""What all parts begin and end with: ground, market and crew; then quiet, and judgement."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from chaos import numbers, verdict
from chaos.crew import Crew
from chaos.family import Census, become_reaper, foreign_sockets
from chaos.ground import Ground, prepare
from chaos.ledger import Ledger
from chaos.orders import PROJECT, OrderBook
from chaos.producers import Market
from chaos.report import Report
from preview_worker.artifacts.local import STAGING
from preview_worker.artifacts.turns import TURNS
from preview_worker.queue.keys import QueueKeys

_CENSUS_S = 0.05
_SOCKETS_S = 1.0
_PROGRESS_S = 1.0
_POLL_S = 0.2
_UNBORN_S = 11.0
"""A janitor leaves folders alone that are younger than ten seconds."""
_SWEEP_S = 60.0
_ORPHAN_S = 2.0


@dataclass(slots=True)
class Exercise:
    """One run: who takes part, and what is watched meanwhile."""

    report: Report
    ground: Ground
    ledger: Ledger
    census: Census
    crew: Crew
    market: Market
    foreign: Counter[str] = field(default_factory=Counter)
    looks: int = 0
    homes: list[Path] = field(default_factory=list)
    """The DATA_DIRs of all workers; that of the ground if there are no others."""
    neighbours: set[int] = field(default_factory=set)
    """Ports of services that workers may talk to, beside their gates to Redis."""
    _began_s: float = field(default_factory=time.monotonic)

    @property
    def previews(self) -> Path:
        """Where the previews of all orders are published."""
        return self.ground.data_dir / "previews" / PROJECT

    async def backlog(self) -> int:
        """Count the jobs that are in no terminal state."""
        keys = QueueKeys(self.ground.settings.prefix, self.ground.settings.queue_name)
        counts = [
            await self.ground.call("LLEN", keys.wait),
            await self.ground.call("LLEN", keys.active),
            await self.ground.call("ZCARD", keys.prioritized),
            await self.ground.call("ZCARD", keys.delayed),
        ]
        return sum(count for count in counts if isinstance(count, int))

    async def finished(self) -> int:
        """Count the jobs that ended for good."""
        keys = QueueKeys(self.ground.settings.prefix, self.ground.settings.queue_name)
        counts = [
            await self.ground.call("ZCARD", keys.completed),
            await self.ground.call("ZCARD", keys.failed),
        ]
        return sum(count for count in counts if isinstance(count, int))

    async def reach(self, count: int) -> None:
        """Return when so many jobs ended for good."""
        while await self.finished() < count:  # noqa: ASYNC110 -- Redis may be away meanwhile
            await asyncio.sleep(_POLL_S)

    async def fragile(self) -> bool:
        """Tell whether a running job lost its worker so often that once more may be too often.

        A job that outlives ``max_stalled`` silent workers is failed, and rightly: it looks as if it
        killed them. Whoever wants to see no job fail has to spare such a one.
        """
        keys = QueueKeys(self.ground.settings.prefix, self.ground.settings.queue_name)
        active = await self.ground.call("LRANGE", keys.active, 0, -1)
        assert isinstance(active, list)
        for raw in active:
            assert isinstance(raw, bytes)
            count = await self.ground.call("HGET", str(keys.job(raw.decode())), "stc")
            if isinstance(count, bytes) and int(count) >= self.ground.settings.max_stalled - 1:
                return True
        return False

    async def restart_redis(self) -> float:
        """Start Redis again; return the instant of its first PONG on the monotonic clock."""
        self.ground.redis.launch()
        if self.ground.redis.pid is not None:
            self.census.own.add(self.ground.redis.pid)
        return await self.ground.first_pong()

    async def keep_busy(
        self, total: int, ahead: int, allowed: Callable[[], int] | None = None
    ) -> None:
        """Submit ``total`` orders, so that there are always about ``ahead`` to be worked on.

        No more are submitted than are ``allowed`` by then: faults that take their time shall not
        find all the work done.
        """
        while (left := total - len(self.market.submitted)) > 0:
            room = left if allowed is None else min(left, left - total + allowed())
            await self.market.submit(max(0, min(room, ahead - await self.backlog())))
            await asyncio.sleep(_POLL_S)

    async def keep_busy_for(self, lasts_s: float, ahead: int) -> None:
        """Submit orders for so long, so that there are always about ``ahead`` to be worked on."""
        deadline_s = time.monotonic() + lasts_s
        while time.monotonic() < deadline_s:
            await self.market.submit(max(0, ahead - await self.backlog()))
            await asyncio.sleep(_POLL_S)

    async def drain(self, within_s: float) -> bool:
        """Wait until no job is left to do; False when some still are after ``within_s``."""
        deadline_s = time.monotonic() + within_s
        while await self.backlog():
            if time.monotonic() > deadline_s:
                return False
            await asyncio.sleep(_POLL_S)
        return True

    async def judge(self) -> None:
        """Stop everything, let a janitor pass, and hold the outcome against the invariants."""
        undisturbed = not self.crew.ends
        told = await numbers.scraped(self.crew, await self.finished())
        states = await self.judge_jobs()
        await verdict.judge_previews(self.report, self.ground, states)
        await verdict.judge_audit(self.report, self.ground, self.ledger, states)
        numbers.judge_numbers(self.report, told, states, undisturbed=undisturbed)
        self.report.invariants.sort(key=lambda invariant: invariant.name)
        self.report.figure("repeated executions", self.ledger.repeated)

    async def judge_jobs(self) -> verdict.States:
        """Do what ``judge`` does, but for what depends on where previews are; return the states."""
        await asyncio.sleep(0.5)  # a process that is just ending is no zombie yet
        living = self.crew.pids()
        await self.crew.stop()
        await self._sweep()
        states = await verdict.read_states(self.ground)
        codes = await verdict.read_codes(self.ground)
        verdict.judge_states(self.report, self.market.submitted, states, codes)
        verdict.judge_remains(self.report, self._places, self.census, living)
        verdict.judge_ends(self.report, self.crew.ends, self.crew.hung, self.ledger.defects)
        verdict.judge_sockets(self.report, self.looks, self.foreign)
        return states

    @property
    def _places(self) -> verdict.Places:
        return verdict.Places(self.homes or [self.ground.data_dir], self.ground.folder / "tmp")

    async def _sweep(self) -> None:
        """Start workers once more, because a worker that starts sweeps up after the dead."""
        unswept = [home for home in self._places.homes if not _is_swept(home)]
        if not unswept:
            await asyncio.sleep(_ORPHAN_S)
        else:
            await asyncio.sleep(_UNBORN_S)
            janitor = Crew(self.ground, Ledger(), self.census, "janitor")
            for home in unswept:
                await janitor.man(DATA_DIR=str(home))
            await until(lambda: all(map(_is_swept, unswept)), _SWEEP_S)
            await janitor.stop()
        self.census.look()

    async def watch(self) -> None:
        """Look at processes and sockets, and say how it goes, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(_repeat(_CENSUS_S, self.census.look))
            group.create_task(_repeat(_SOCKETS_S, self._look_at_sockets))
            group.create_task(_repeat(_PROGRESS_S, self._tell))

    def _look_at_sockets(self) -> None:
        ports = self.neighbours | {berth.gate.port for berth in self.crew.berths}
        for pid in self.crew.pids():
            with contextlib.suppress(OSError):  # it ended meanwhile
                self.foreign.update(foreign_sockets(pid, ports))
                self.looks += 1

    def _tell(self) -> None:
        if not sys.stderr.isatty():
            return
        faults = sum(self.report.faults.values())
        spent_s = time.monotonic() - self._began_s
        done, submitted = self.ledger.results["completed"], len(self.market.submitted)
        print(
            f"\r{self.report.part}: {spent_s:5.0f} s, {faults} faults, "
            f"{done} of {submitted} jobs completed ",
            end="",
            file=sys.stderr,
            flush=True,
        )


@asynccontextmanager
async def exercise(
    report: Report, folder: Path, book: OrderBook, *, disk_mib: int | None = None
) -> AsyncIterator[Exercise]:
    """Prepare everything but workers, watch until the block ends, and leave no process behind."""
    become_reaper()
    ground = await prepare(folder, disk_mib=disk_mib)
    census, ledger = Census(), Ledger()
    market = Market(book, ground.settings)
    crew = Crew(ground, ledger, census)
    try:
        await market.open()
        census.own |= {pid for pid in (ground.redis.pid, _node_pid(market)) if pid}
        one = Exercise(report, ground, ledger, census, crew, market)
        watching = asyncio.create_task(one.watch())
        try:
            yield one
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
    finally:
        crew.end_all()
        await market.close()
        await ground.close()
        if sys.stderr.isatty():
            print(file=sys.stderr)


def _node_pid(market: Market) -> int | None:
    return market.node.pid if market.node else None


def _is_swept(home: Path) -> bool:
    staging = home / STAGING
    return not staging.is_dir() or all(path.name == TURNS for path in staging.iterdir())


async def _repeat(every_s: float, look: Callable[[], None]) -> None:
    while True:
        look()
        await asyncio.sleep(every_s)


async def until(ask: Callable[[], Awaitable[bool] | bool], within_s: float) -> bool:
    """Ask until the answer is yes; False when it still is not after ``within_s``."""
    deadline_s = time.monotonic() + within_s
    while True:
        answer = ask()
        if await answer if isinstance(answer, Awaitable) else answer:
            return True
        if time.monotonic() > deadline_s:
            return False
        await asyncio.sleep(_POLL_S)
