"""The last known answer to a question that may take long or never be answered."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from preview_worker.observability.redaction import redact
from preview_worker.observability.settings import HealthSettings

T_co = TypeVar("T_co", covariant=True)


class StateCounts(Protocol):
    """Jobs by state, as the queue room counts them; this room knows no more of queues."""

    @property
    def waiting(self) -> int:
        """Jobs in line."""

    @property
    def prioritized(self) -> int:
        """Jobs in line with a priority, which BullMQ keeps apart from the others."""

    @property
    def active(self) -> int:
        """Jobs that a worker holds."""

    @property
    def delayed(self) -> int:
        """Jobs whose time has not come."""

    @property
    def completed(self) -> int:
        """Finished jobs that the queue still keeps."""

    @property
    def failed(self) -> int:
        """Failed jobs that the queue still keeps."""

    @property
    def waiting_children(self) -> int:
        """Jobs that wait for others of their flow."""

    @property
    def total(self) -> int:
        """Jobs in all states."""

    @property
    def paused(self) -> bool:
        """Whether somebody paused the queue."""


class Snapshot(Generic[T_co]):
    """Asks at most once at a time and not too often, and never makes its reader wait for long.

    ``value`` is the last good answer, ``age_s`` how old it is, ``error`` why the last attempt
    failed (None when it did not), ``took_s`` how long that attempt lasted (None before it ended).
    """

    def __init__(
        self,
        ask: Callable[[], Awaitable[T_co]],
        settings: HealthSettings,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Put the question with ``ask``, which may raise; ``clock`` counts seconds."""
        self._ask = ask
        self._settings = settings
        self._clock = clock
        self._asked_at = -math.inf
        self._answered_at = -math.inf
        self._asking: asyncio.Task[None] | None = None
        self.value: T_co | None = None
        self.error: str | None = None
        self.took_s: float | None = None

    @property
    def age_s(self) -> float:
        """Seconds since the last good answer, infinite before the first."""
        return self._clock() - self._answered_at

    async def refresh(self) -> None:
        """Ask again if it is time to, and wait a little for the answer; never raises.

        An answer that comes later than that is there for the next reader.
        """
        if self._asking is None or self._asking.done():
            if self._clock() - self._asked_at < self._settings.fresh_for_s:
                return
            self._asked_at = self._clock()
            self._asking = asyncio.create_task(self._take())
        await asyncio.wait([self._asking], timeout=self._settings.answer_within_s)

    async def close(self) -> None:
        """Stop asking. Safe to call twice."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait([self._asking])

    async def _take(self) -> None:
        began_at = self._clock()
        try:
            async with asyncio.timeout(self._settings.ask_timeout_s):
                self.value = await self._ask()
        except TimeoutError:
            self.error = f"no answer within {self._settings.ask_timeout_s:g} s"
        except Exception as error:  # noqa: BLE001 -- whatever it is, a probe has to answer
            self.error = redact(str(error)) or type(error).__name__
        else:
            self.error = None
            self._answered_at = self._clock()
        self.took_s = self._clock() - began_at
