"""Workers that share scenes by a storage and claims in memory, and stand-ins for what they need."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.events import ScenesShared
from preview_worker.queue import ClaimState, MemoryClaims, QueueUnavailableError
from preview_worker.render import take_out
from preview_worker.render.cache import Cache
from preview_worker.worker.exchange import Exchange
from preview_worker.worker.offspring import Child
from preview_worker.worker.sharing import SceneSharing
from tests.fakes.observers import Recorder

KEYS = [f"{number:064x}" for number in range(100)]
PROJECT = "lighthouse"
MOST = 10**6


@dataclass
class Scenes:
    """A storage in memory that can be away."""

    kept: dict[tuple[str, str], bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    away: bool = False
    failures: int = 0
    """So many questions fail from now on."""
    silent: bool = False
    """Whether it takes what it is given without an answer."""
    sending: asyncio.Event = field(default_factory=asyncio.Event)

    async def find(self, project: str, key: str) -> bytes | None:
        """Return an entry."""
        self.asked.append(key)
        self.failures -= 1
        if self.failures >= 0:
            raise PreviewError(ErrorCode.STORAGE)
        self._fail_if_away()
        return self.kept.get((project, key))

    async def keep(self, project: str, key: str, stored: bytes) -> None:
        """Keep an entry."""
        self.sending.set()
        if self.silent:
            await asyncio.Event().wait()
        self._fail_if_away()
        self.kept[project, key] = stored

    def _fail_if_away(self) -> None:
        if self.away:
            raise PreviewError(ErrorCode.STORAGE)


class NoClaims(MemoryClaims):
    """Claims of a queue that is away."""

    async def take(self, names: Sequence[str], holder: str, most: int) -> list[ClaimState]:
        """Fail, whatever is asked."""
        raise QueueUnavailableError(names, holder, most)

    async def end(self, names: Sequence[str], holder: str, *, done: bool) -> None:
        """Fail, whatever is told."""
        raise QueueUnavailableError(names, holder, done)


class Process:
    """Stands for a render process: it asks, and waits for its answer."""

    def __init__(self) -> None:
        """Wait for nothing yet."""
        self.answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def send(self, body: bytes) -> None:
        """Take the answer."""
        self.answers.put_nowait(json.loads(body))

    async def find(self, exchange: Exchange, keys: Sequence[str]) -> dict[str, Any]:
        """Return what was brought, and whether that is all there is."""
        exchange.hear({"find": list(keys)}, cast("Child", self))
        async with asyncio.timeout(30):
            return await self.answers.get()

    async def ask(self, exchange: Exchange, keys: Sequence[str], most: int = 4) -> list[list[str]]:
        """Return what was brought, and what is ours."""
        exchange.hear({"obtain": list(keys), "most": most}, cast("Child", self))
        async with asyncio.timeout(30):
            answer = await self.answers.get()
        return [answer["brought"], answer["ours"]]


@dataclass
class Fleet:
    """Workers that share a storage and claims."""

    folder: Path
    scenes: Scenes = field(default_factory=Scenes)
    claims: MemoryClaims = field(default_factory=MemoryClaims)
    recorder: Recorder = field(default_factory=Recorder)

    def __post_init__(self) -> None:
        """Have all workers share by the same."""
        self.sharing = SceneSharing(self.scenes, self.claims, self.recorder)

    def exchange(self, worker: str = "one", *, thorough: bool = True) -> Exchange:
        """Return an exchange of a render on a worker."""
        return Exchange(self.sharing, worker, self.disk(worker), thorough=thorough)

    def disk(self, worker: str) -> Path:
        """Return where a worker keeps what belongs to the project."""
        return self.folder / worker / PROJECT

    def film(self, key: str, worker: str = "one") -> None:
        """Do as if a render had filmed a scene."""
        Cache(self.disk(worker), MOST).put(key, b"a take of " + key.encode())

    def stock(self, *keys: str) -> None:
        """Fill the storage with what somebody filmed before."""
        for key in keys:
            self.film(key, "before")
            stored = take_out(self.disk("before"), key, MOST)
            assert stored is not None
            self.scenes.kept[PROJECT, key] = stored

    def told(self) -> ScenesShared:
        """Return what the last render's exchange came to."""
        return self.recorder.all_of(ScenesShared)[-1]
