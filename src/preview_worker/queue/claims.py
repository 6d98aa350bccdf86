"""Claims: names that one holder at a time has, for a short while, so that nobody does it twice.

A claim is a hint and no lock: whoever loses one only does what somebody else does as well. It ends
by itself soon after its holder stopped renewing it, and when the work is done it says so for a
while, so that others look for what came of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Protocol

from preview_worker.queue.bullmq import client_name
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.scripts import OwnScript, ScriptRunner
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.wire import Argument, Reply

CLAIM_MS = 10_000
"""How long a claim lasts without being renewed: how long a dead holder keeps others waiting."""
DONE_MS = 120_000
"""How long it is told that something was done."""
_DONE = "done"


class ClaimState(IntEnum):
    """What came of asking for a claim."""

    THEIRS = 0
    OURS = 1
    DONE = 2
    FREE = 3
    """Nobody's, since as many as were wanted are ours."""


class Claims(Protocol):
    """Claims on names, of which holders are told apart. All may raise ``QueueUnavailableError``."""

    async def take(self, names: Sequence[str], holder: str, most: int) -> list[ClaimState]:
        """Claim up to ``most`` of ``names`` in their order, and tell the state of each.

        Those that are the holder's already are renewed, and not counted.
        """

    async def renew(self, names: Sequence[str], holder: str) -> None:
        """Keep the holder's claims for another ``CLAIM_MS``; others are left alone."""

    async def end(self, names: Sequence[str], holder: str, *, done: bool) -> None:
        """Give claims of the holder up, and tell for a while if what was claimed is ``done``."""

    async def close(self) -> None:
        """Close the connection, if there is one. Safe to call twice."""


_TAKE = b"""
local answers, room = {}, tonumber(ARGV[3])
for i, key in ipairs(KEYS) do
  local held = redis.call('GET', key)
  if held == ARGV[1] then
    redis.call('PEXPIRE', key, ARGV[2])
    answers[i] = 1
  elseif held == 'done' then
    answers[i] = 2
  elseif held then
    answers[i] = 0
  elseif room > 0 then
    redis.call('SET', key, ARGV[1], 'PX', ARGV[2])
    room = room - 1
    answers[i] = 1
  else
    answers[i] = 3
  end
end
return answers
"""
"""Keys: the claims. Arguments: holder, milliseconds, and how many may become the holder's now."""
_CHANGE = b"""
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then
    if tonumber(ARGV[3]) > 0 then
      redis.call('SET', key, ARGV[2], 'PX', ARGV[3])
    else
      redis.call('DEL', key)
    end
  end
end
return 0
"""
"""Keys: the claims. Arguments: holder, what those that are the holder's say from now on, and for
how many milliseconds; 0 gives them up."""


class BullClaims:
    """``Claims`` beside the keys of a queue, on a connection of their own."""

    def __init__(self, settings: QueueSettings) -> None:
        """Claim beside the queue of ``settings``; connects nowhere yet."""
        self._keys = QueueKeys(settings.prefix, settings.queue_name)
        self._link = RedisLink(settings, client_name=f"{client_name(settings)}:claims")
        self._scripts = ScriptRunner(self._link)

    async def take(self, names: Sequence[str], holder: str, most: int) -> list[ClaimState]:
        """Claim up to ``most`` of ``names`` in their order; see ``Claims.take``."""
        answers = await self._run(_TAKE, names, (holder, CLAIM_MS, most))
        assert isinstance(answers, list)  # noqa: S101 -- as the script ends
        return [ClaimState(int(str(answer))) for answer in answers]

    async def renew(self, names: Sequence[str], holder: str) -> None:
        """Keep the holder's claims for another ``CLAIM_MS``; others are left alone."""
        await self._run(_CHANGE, names, (holder, holder, CLAIM_MS))

    async def end(self, names: Sequence[str], holder: str, *, done: bool) -> None:
        """Give claims of the holder up; see ``Claims.end``."""
        await self._run(_CHANGE, names, (holder, _DONE, DONE_MS if done else 0))

    async def close(self) -> None:
        """Close the connection. Safe to call twice."""
        await self._link.close()

    async def _run(self, body: bytes, names: Sequence[str], args: tuple[Argument, ...]) -> Reply:
        if not names:
            return []
        keys = tuple(map(self._keys.claim, names))
        return await self._scripts.run(OwnScript(body, len(keys)), keys, args)


class MemoryClaims:
    """``Claims`` of this process alone, for tests and for trials without Redis."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Begin without any; ``now`` tells seconds."""
        self._now = now
        self._held: dict[str, tuple[str, float]] = {}

    async def take(self, names: Sequence[str], holder: str, most: int) -> list[ClaimState]:
        """Claim up to ``most`` of ``names`` in their order; see ``Claims.take``."""
        states = []
        for name in names:
            held = self._holder(name)
            if held is None and most > 0:
                most -= 1
                held = holder
            if held == holder:
                self._hold(name, holder, CLAIM_MS)
            states.append(_state(held, holder))
        return states

    async def renew(self, names: Sequence[str], holder: str) -> None:
        """Keep the holder's claims for another ``CLAIM_MS``; others are left alone."""
        for name in names:
            if self._holder(name) == holder:
                self._hold(name, holder, CLAIM_MS)

    async def end(self, names: Sequence[str], holder: str, *, done: bool) -> None:
        """Give claims of the holder up; see ``Claims.end``."""
        for name in names:
            if self._holder(name) == holder:
                self._hold(name, _DONE, DONE_MS if done else 0)

    async def close(self) -> None:
        """Do nothing."""

    def _hold(self, name: str, holder: str, lasting_ms: int) -> None:
        self._held[name] = holder, self._now() + lasting_ms / 1000

    def _holder(self, name: str) -> str | None:
        holder, until_s = self._held.get(name, (None, 0.0))
        return holder if self._now() < until_s else None


def _state(held: str | None, holder: str) -> ClaimState:
    if held is None:
        return ClaimState.FREE
    if held == _DONE:
        return ClaimState.DONE
    return ClaimState.OURS if held == holder else ClaimState.THEIRS
