"""The exchange of one render: it brings what other workers filmed, and gives what is filmed here.

A render has no network, so it asks its worker for entries of its cache. The worker brings those
that storage has, and of the others claims the next few for its render; whoever else wants those
waits for them, or films what comes later. A claim lasts for seconds and is renewed while its holder
lives, so the dead hold nobody up for long.
"""

from __future__ import annotations

import asyncio
import json
import math
import secrets
import time
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from preview_worker.events import ScenesShared
from preview_worker.queue import CLAIM_MS, ClaimState, QueueUnavailableError
from preview_worker.render import holds_entry, is_key
from preview_worker.worker.framing import FramingError
from preview_worker.worker.sharing import Figures, SceneSharing

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from preview_worker.worker.offspring import Child

_MOST_KEYS = 10_000
"""More than the longest preview has; what asks for more is no render any longer."""
_WINDOW = 64
"""Entries that are looked for, and claimed, in one go."""
_MISSING_S = 60.0
"""How long an entry is believed to be missing. What is filmed meanwhile, its claim tells."""
_PAUSES_S = (0.05, 0.1, 0.2, 0.4)
"""Between two looks at what others have filmed; the last one is repeated."""
_ABSENCE_S = 60.0
"""For how long a storage is asked that has to tell, and does not."""
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
        self._given: set[str] = set()
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
        winding = asyncio.create_task(self._wind_up())
        winding.add_done_callback(self._let_go)
        self._sharing.wind_up(winding)
        answering = self._answering
        if answering is not None and answering.done():
            answering.result()
        if error is None and self._thorough:
            await asyncio.wait({winding})  # it goes on where this is cancelled
            winding.result()

    def hear(self, message: dict[str, Any], child: Child) -> None:
        """Take up what a render process asks or offers; raise ``FramingError`` for nonsense."""
        match message:
            case {"obtain": list(keys), "most": int(most)} if self._is_free and self._heed(keys):
                answer = self._obtain(keys, max(most, 1))
                self._answering = asyncio.create_task(self._answer(child, answer))
            case {"find": list(keys)} if self._is_free and self._heed(keys):
                self._answering = asyncio.create_task(self._answer(child, self._find(keys)))
            case {"offer": str(key)} if self._heed([key]):
                self._offer(key)
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

    def _offer(self, key: str) -> None:
        """Begin to send what was made, unless that was done or is under way."""
        if key not in self._sending and key not in self._given:
            sending = asyncio.create_task(self._send(key))
            self._sending[key] = sending
            sending.add_done_callback(lambda _: self._sending.pop(key, None))

    async def _answer(self, child: Child, answer: Coroutine[None, None, dict[str, object]]) -> None:
        try:
            body = json.dumps(await answer).encode()
            with suppress(ConnectionError):
                await child.send(body)
        except Exception:
            child.writer.close()  # it would wait for ever
            raise

    async def _find(self, keys: Sequence[str]) -> dict[str, object]:
        """Bring of ``keys`` all that others made, without a claim to what they did not.

        The answer says so when the storage did not tell of some for too long.
        """
        began_s = time.monotonic()
        brought = await asyncio.to_thread(self._at_hand, keys)
        open_keys = [key for key in keys if key not in brought]
        while True:
            told = await self._ask_for(open_keys, insist=True)
            brought |= {key for key, there in told.items() if there}
            open_keys = [key for key, there in told.items() if there is None]
            if not open_keys or time.monotonic() - began_s > _ABSENCE_S:
                return {"brought": list(brought), "known": not open_keys}
            await asyncio.sleep(_PAUSES_S[-1])

    async def _obtain(self, keys: Sequence[str], most: int) -> dict[str, object]:
        """Answer as soon as something of ``keys`` was brought, or is ours to make."""
        began_s = time.monotonic()
        looks = 0
        while True:
            for begin in range(0, len(keys), _WINDOW):
                window = keys[begin : begin + _WINDOW]
                brought, ours = await self._try_to_obtain(window, most)
                if brought or ours:
                    return {"brought": brought, "ours": ours}
            if time.monotonic() - began_s > _PATIENCE_S:
                return {"brought": [], "ours": keys[:1]}
            pause_s = _PAUSES_S[min(looks, len(_PAUSES_S) - 1)]
            looks += 1
            self._figures.waited_s += pause_s
            await asyncio.sleep(pause_s)

    async def _try_to_obtain(self, keys: Sequence[str], most: int) -> tuple[list[str], list[str]]:
        """Return what of ``keys`` is in the cache now, and what of the others is ours to make."""
        brought = await asyncio.to_thread(self._at_hand, keys)
        long_ago_s = time.monotonic() - _MISSING_S
        since_s = self._missing_since_s
        brought |= await self._bring(
            key for key in keys if key not in brought and since_s.get(key, -math.inf) <= long_ago_s
        )
        states = await self._claim([key for key in keys if key not in brought], most)
        brought |= await self._bring(key for key, state in states if state is ClaimState.DONE)
        # What was said to be done and is not there is made again, by whoever comes to know of it.
        takeable = (ClaimState.OURS, ClaimState.DONE)
        ours = [key for key, state in states if state in takeable and key not in brought]
        return [key for key in keys if key in brought], ours[:most]

    def _at_hand(self, keys: Sequence[str]) -> set[str]:
        """Return what another render of this worker put into the cache meanwhile."""
        return {key for key in keys if holds_entry(self._folder, key)}

    async def _bring(self, keys: Iterable[str]) -> set[str]:
        """Bring of ``keys`` what there is; return those that are in the cache now."""
        told = await self._ask_for(list(keys))
        now_s = time.monotonic()
        self._missing_since_s.update((key, now_s) for key, there in told.items() if not there)
        return {key for key, there in told.items() if there}

    async def _ask_for(
        self, keys: Sequence[str], *, insist: bool = False
    ) -> dict[str, bool | None]:
        """Have ``keys`` brought; tell of each what ``SceneSharing.bring`` tells."""
        bring = partial(self._sharing.bring, self._folder, figures=self._figures, insist=insist)
        return dict(zip(keys, await asyncio.gather(*map(bring, keys)), strict=True))

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
        if kept:
            self._given.add(key)
        await self._end(self._names([key]), done=kept)

    async def _end(self, names: Sequence[str], *, done: bool) -> None:
        self._claimed.difference_update(names)
        with suppress(QueueUnavailableError):  # it ends by itself
            await self._sharing.claims.end(names, self._holder, done=done)

    async def _wind_up(self) -> None:
        """Send what is left to send, give up what was not made, and tell what it came to."""
        try:
            if self._answering is not None:
                self._answering.cancel()
                await asyncio.wait({self._answering})
            await self._end(list(self._claimed - set(self._names(self._sending))), done=False)
            await asyncio.gather(*self._sending.values())
        finally:
            told = asdict(self._figures)
            self._sharing.observer.observe(ScenesShared(job_id=self._job_id, **told))

    def _let_go(self, _winding: asyncio.Task[None]) -> None:
        """Leave nothing behind that goes on, however the winding up has ended."""
        self._renewing.cancel()
        for sending in self._sending.values():
            sending.cancel()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(CLAIM_MS / 3000)
            with suppress(QueueUnavailableError):
                await self._sharing.claims.renew(list(self._claimed), self._holder)

    def _names(self, keys: Iterable[str]) -> list[str]:
        return [f"{self._project}:{key}" for key in keys]
