"""What one job's fetching has come to, and work of it that must not be left half done."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ParamSpec, TypeVar

from preview_worker.assets.depot import is_stored
from preview_worker.assets.holding import Holding
from preview_worker.assets.port import AssetVisit, Tell, tell_nobody
from preview_worker.assets.settings import AssetSettings
from preview_worker.contract import ErrorCode, PreviewError

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class Visit:
    """Asking for one asset, once or several times."""

    began_s: float
    size_bytes: int = 0
    unchanged: bool = False
    tries: int = 0


@dataclass(slots=True)
class Budget:
    """What one job may still receive from hosts, or from the bucket: how much, and until when."""

    settings: AssetSettings
    bytes_left: int
    slots: asyncio.Semaphore
    ends_at_s: float

    @classmethod
    def of(cls, settings: AssetSettings) -> Budget:
        """Return what ``settings`` grant a job that begins now."""
        return cls(
            settings,
            settings.max_job_bytes,
            asyncio.Semaphore(settings.at_once),
            asyncio.get_running_loop().time() + settings.job_timeout_s,
        )

    def count(self, size_bytes: int) -> None:
        """Count received bytes; raise ``PreviewError`` (ASSET_SIZE) when they are too many."""
        self.bytes_left -= size_bytes
        if self.bytes_left < 0:
            message = "The job's assets elsewhere have more bytes together than are fetched."
            raise PreviewError(ErrorCode.ASSET_SIZE, message)


@dataclass(slots=True)
class Errand:
    """One job's fetching: what it may still receive, what it holds, what came of each address."""

    hosts: Budget
    depot: Budget
    """Unused where there is no bucket."""
    holdings: AsyncExitStack
    tell: Tell = tell_nobody
    found: dict[str, Path | PreviewError] = field(default_factory=dict)
    grown: bool = False
    """Whether the cache has something that it had not before."""

    def hold(self, holding: Holding) -> None:
        """Hold a file until the job has ended."""
        self.holdings.callback(holding.release)

    @contextmanager
    def visit(self, host: str, scheme: str) -> Iterator[Visit]:
        """Tell of a visit to ``host`` by ``scheme`` when it is over."""
        visit, code = Visit(time.monotonic()), None
        try:
            yield visit
        except PreviewError as error:
            code = error.code.code
            raise
        except asyncio.CancelledError:
            code = "cancelled"
            raise
        finally:
            took_s = time.monotonic() - visit.began_s
            counted = (visit.size_bytes, visit.unchanged, visit.tries)
            self.tell(AssetVisit(host, *counted, took_s, code, scheme))

    def budget_of(self, address: str) -> Budget:
        """Return what pays for ``address``."""
        return self.depot if is_stored(address) else self.hosts


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do blocking work in a thread; when cancelled, wait for its end before giving way.

    So nobody closes a file that a thread writes still.
    """
    working = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        while not working.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([working])
        working.exception()  # nobody else will ask for it
        raise
