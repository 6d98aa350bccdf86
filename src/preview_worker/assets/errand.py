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

from preview_worker.assets.holding import Holding
from preview_worker.assets.port import AssetVisit, Tell, tell_nobody
from preview_worker.contract import ErrorCode, PreviewError

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class Visit:
    """Asking a host for one asset, once or several times."""

    began_s: float
    size_bytes: int = 0
    unchanged: bool = False
    tries: int = 0


@dataclass(slots=True)
class Errand:
    """One job's fetching: what it may still receive, what it holds, what came of each address."""

    ends_at_s: float
    bytes_left: int
    slots: asyncio.Semaphore
    holdings: AsyncExitStack
    tell: Tell = tell_nobody
    found: dict[str, Path | PreviewError] = field(default_factory=dict)
    grown: bool = False
    """Whether the cache has something that it had not before."""

    def hold(self, holding: Holding) -> None:
        """Hold a file until the job has ended."""
        self.holdings.callback(holding.release)

    @contextmanager
    def visit(self, host: str) -> Iterator[Visit]:
        """Tell of a visit to ``host`` when it is over."""
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
            self.tell(AssetVisit(host, *counted, took_s, code))

    def count(self, size_bytes: int) -> None:
        """Count received bytes; raise ``PreviewError`` (ASSET_SIZE) when they are too many."""
        self.bytes_left -= size_bytes
        if self.bytes_left < 0:
            message = "The job's assets at other hosts have more bytes together than are fetched."
            raise PreviewError(ErrorCode.ASSET_SIZE, message)


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
