"""The exchange of one render: it brings what other workers filmed, and gives what is filmed here.

A render has no network, so it asks its worker for entries of its cache. The worker brings those
that storage has, and of the others claims the next few for its render; whoever else wants those
waits for them, or films what comes later. A claim lasts for seconds and is renewed while its holder
lives, so the dead hold nobody up for long.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Self

from preview_worker.events import ScenesShared
from preview_worker.queue import CLAIM_MS, ClaimState, QueueUnavailableError
from preview_worker.render import Obtained, holds_entry, is_key, put_in
from preview_worker.worker.framing import FramingError
from preview_worker.worker.sharing import Figures, SceneSharing

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from preview_worker.worker.nursery import Child

_MOST_KEYS = 10_000
"""More than the longest preview has; what asks for more is no render any longer."""
_WINDOW = 64
"""Entries that are looked for, and claimed, in one go."""
_MISSING_S = 60.0
"""How long an entry is believed to be missing. What is filmed meanwhile, its claim tells."""
_PAUSES_S = (0.05, 0.1, 0.2, 0.4)
"""Between two looks at what others have filmed; the last one is repeated."""
_PATIENCE_S = 120.0
"""A scene that others claim for so long is filmed all the same."""


class Exchange:
    """Answers what a render process asks for, until it has ended. A context manager.

    With ``thorough`` the end waits until all that was filmed is where others find it.
    """

    def __init__(self, sharing: SceneSharing, job_id: str, folder: Path, *, thorough: bool) -> None:
        """Exchange entries of the cache in ``folder``, which is named for the job's project."""
        self._sharing = sharing
        self._job_id = job_id
        self._project = folder.name
        self._folder = folder
        self._thorough = thorough
        self._holder = secrets.token_hex(8)
        self._spoken_of: set[str] = set()
        self._claimed: set[str] = set()
        self._missing_since_s: dict[str, float] = {}
        self._answering: asyncio.Task[None] | None = None
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._figures = Figures()

    async def __aenter__(self) -> Self:
        """Begin to renew what will be claimed."""
        self._renewing = asyncio.create_task(self._renew())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Answer no more, and see to it that what was filmed is sent; a defect is raised."""
        answering = self._answering
        if answering is not None:
            answering.cancel()
            await asyncio.wait([answering])
        winding = asyncio.create_task(self._wind_up())
        self._sharing.wind_up(winding)
        if error is None:
            if self._thorough:
                await winding
            if answering is not None and not answering.cancelled():
                answering.result()

    def hear(self, message: dict[str, Any], child: Child) -> None:
        """Take up what a render process asks or offers; raise ``FramingError`` for nonsense."""
        match message:
            case {"obtain": list(keys), "most": int(most)} if self._is_free and self._heed(keys):
                self._answering = asyncio.create_task(self._answer(child, keys, max(most, 1)))
            case {"offer": str(key)} if self._heed([key]) and key not in self._sending:
                sending = asyncio.create_task(self._send(key))
                self._sending[key] = sending
                sending.add_done_callback(lambda _: self._sending.pop(key, None))
            case _:
                reason = "it asked for scenes in a way that nobody understands"
                raise FramingError(reason)

    def _heed(self, keys: Sequence[object]) -> bool:
        """Take note of what a process speaks of; tell whether a render could."""
        if not all(map(is_key, keys)):
            return False
        self._spoken_of.update(map(str, keys))
        return len(keys) > 0 and len(self._spoken_of) <= _MOST_KEYS

    @property
    def _is_free(self) -> bool:
        return self._answering is None or self._answering.done()

    async def _answer(self, child: Child, keys: Sequence[str], most: int) -> None:
        try:
            obtained = await self._obtain(keys, most)
            answer = {"brought": obtained.brought, "ours": obtained.ours}
            with suppress(ConnectionError):
                await child.send(json.dumps(answer).encode())
        except Exception:
            child.writer.close()  # it would wait for ever
            raise

    async def _obtain(self, keys: Sequence[str], most: int) -> Obtained:
        """Return as soon as something of ``keys`` was brought, or is ours to make."""
        began_s = time.monotonic()
        looks = 0
        while True:
            for begin in range(0, len(keys), _WINDOW):
                obtained = await self._try_to_obtain(keys[begin : begin + _WINDOW], most)
                if obtained.brought or obtained.ours:
                    return obtained
            if time.monotonic() - began_s > _PATIENCE_S:
                return Obtained((), tuple(keys[:1]))
            pause_s = _PAUSES_S[min(looks, len(_PAUSES_S) - 1)]
            looks += 1
            self._figures.waited_s += pause_s
            await asyncio.sleep(pause_s)

    async def _try_to_obtain(self, keys: Sequence[str], most: int) -> Obtained:
        long_ago_s = time.monotonic() - _MISSING_S
        unsure = [key for key in keys if self._missing_since_s.get(key, 0.0) <= long_ago_s]
        brought = await self._bring(unsure)
        states = await self._claim([key for key in keys if key not in brought], most)
        brought |= await self._bring([key for key, state in states if state is ClaimState.DONE])
        # What was said to be done and is not there is made again, by whoever comes to know of it.
        takeable = (ClaimState.OURS, ClaimState.DONE)
        ours = [key for key, state in states if state in takeable and key not in brought]
        return Obtained(tuple(key for key in keys if key in brought), tuple(ours[:most]))

    async def _bring(self, keys: Sequence[str]) -> set[str]:
        """Bring of ``keys`` what there is; return those that are in the cache now."""
        if not keys:
            return set()
        at_hand = await asyncio.to_thread(self._at_hand, keys)
        wanted = [key for key in keys if key not in at_hand]
        came = await asyncio.gather(*map(self._bring_one, wanted))
        return at_hand | {key for key, came_in in zip(wanted, came, strict=True) if came_in}

    def _at_hand(self, keys: Sequence[str]) -> set[str]:
        """Return what another render of this worker put into the cache meanwhile."""
        return {key for key in keys if holds_entry(self._folder, key)}

    async def _bring_one(self, key: str) -> bool:
        stored = await self._sharing.find(self._project, key, self._figures)
        if stored is None or not await asyncio.to_thread(put_in, self._folder, key, stored):
            self._missing_since_s[key] = time.monotonic()
            return False
        self._figures.found += 1
        self._figures.received_bytes += len(stored)
        return True

    async def _claim(self, keys: Sequence[str], most: int) -> list[tuple[str, ClaimState]]:
        """Claim up to ``most`` of ``keys``; where claims cannot be seen, all are free for us."""
        names = self._names(keys)
        try:
            states = await self._sharing.claims.take(names, self._holder, most)
        except QueueUnavailableError:
            return [(key, ClaimState.OURS) for key in keys]
        ours = (n for n, state in zip(names, states, strict=True) if state is ClaimState.OURS)
        self._claimed.update(ours)
        return list(zip(keys, states, strict=True))

    async def _send(self, key: str) -> None:
        """Give others what was made, and say that it is done."""
        kept = await self._sharing.keep(self._folder, key, self._figures)
        await self._end(self._names([key]), done=kept)

    async def _end(self, names: Sequence[str], *, done: bool) -> None:
        self._claimed.difference_update(names)
        with suppress(QueueUnavailableError):  # it ends by itself
            await self._sharing.claims.end(names, self._holder, done=done)

    async def _wind_up(self) -> None:
        """Send what is left to send, give up what was not made, and tell what it came to."""
        try:
            await self._end(list(self._claimed - set(self._names(self._sending))), done=False)
            await asyncio.gather(*self._sending.values())
        finally:
            for sending in self._sending.values():
                sending.cancel()
            self._renewing.cancel()
            told = asdict(self._figures)
            self._sharing.observer.observe(ScenesShared(job_id=self._job_id, **told))

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(CLAIM_MS / 3000)
            with suppress(QueueUnavailableError):
                await self._sharing.claims.renew(list(self._claimed), self._holder)

    def _names(self, keys: Iterable[str]) -> list[str]:
        return [f"{self._project}:{key}" for key in keys]
