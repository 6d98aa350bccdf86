"""Whether the worker may take jobs now: not while a part of it could not do its work.

A worker whose disk is full would take one job after the other and fail each of them, faster than
its neighbours work. So it takes none, and looks every second whether it may again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from preview_worker.events import IntakeResumed, IntakeStopped, Observer

Refusal = Callable[[], Awaitable[str | None]]
"""Asks a part of the worker why it could not do its work now; None when it could."""

_PATIENCE_S = 5.0
"""A part that takes longer to answer counts as one that refuses."""


class Intake:
    """A gate in front of the queue, closed while anything refuses."""

    def __init__(
        self, refusals: Mapping[str, Refusal], observer: Observer, every_s: float = 1.0
    ) -> None:
        """Ask ``refusals`` every ``every_s``; without any the gate is always open.

        Only what mends without a job belongs here: a render process that is started anew when
        the next job comes would wait for ever.
        """
        self._refusals = refusals
        self._observer = observer
        self._every_s = every_s
        self._asked: dict[str, asyncio.Future[str | None]] = {}
        self._gate = asyncio.Event()
        self._stopped_at_s: float | None = None
        self._watching: asyncio.Task[None] | None = None
        if not refusals:
            self._gate.set()

    @property
    def is_open(self) -> bool:
        """Whether nothing refused when it was asked last."""
        return self._gate.is_set()

    async def opened(self) -> None:
        """Return as soon as the gate is open."""
        await self._gate.wait()

    async def ask(self) -> bool:
        """Ask every part now and tell whether the gate is open."""
        answers = await asyncio.gather(*(self._answer(name) for name in self._refusals))
        told = zip(self._refusals, answers, strict=True)
        self._note("; ".join(f"{name}: {why}" for name, why in told if why))
        return self.is_open

    def start(self) -> None:
        """Begin to ask, if there is anybody to be asked."""
        if self._refusals and self._watching is None:
            self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Stop asking. Safe to call twice."""
        watching, self._watching = self._watching, None
        if watching is not None:
            watching.cancel()
            await asyncio.wait({watching})

    async def _watch(self) -> None:
        while True:
            await self.ask()
            await asyncio.sleep(self._every_s)

    async def _answer(self, name: str) -> str | None:
        """Return why a part refuses; one that is still busy with the last question is not asked."""
        asked = self._asked.get(name)
        if asked is None:
            asked = self._asked[name] = asyncio.ensure_future(self._refusals[name]())
        await asyncio.wait({asked}, timeout=_PATIENCE_S)
        if not asked.done():
            return f"has not answered for {_PATIENCE_S:g} s"
        self._asked.pop(name, None)
        error = asked.exception()
        return asked.result() if error is None else f"cannot be asked ({type(error).__name__})"

    def _note(self, reason: str) -> None:
        if not reason:
            self._gate.set()
            if self._stopped_at_s is not None:
                stopped_s = time.monotonic() - self._stopped_at_s
                self._stopped_at_s = None
                self._observer.observe(IntakeResumed(stopped_s=stopped_s))
            return
        self._gate.clear()
        if self._stopped_at_s is None:
            self._stopped_at_s = time.monotonic()
            self._observer.observe(IntakeStopped(reason=reason))
