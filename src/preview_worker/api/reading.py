"""The reading room: what may be far away is read by a bounded number of threads.

All routes that block share one pool of threads. Storage that takes requests and never answers would
soon have every one of them wait for a preview, and nobody could add a job any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import ParamSpec, TypeVar

from starlette.concurrency import run_in_threadpool

from preview_worker.contract import ErrorCode, PreviewError

P = ParamSpec("P")
T = TypeVar("T")

_PLACES = 24
"""Of the 40 threads that there are by default."""
_PATIENCE_S = 5.0


class ReadingRoom:
    """Has places for those who read previews; whoever waits for one holds no thread."""

    def __init__(self, places: int = _PLACES, patience_s: float = _PATIENCE_S) -> None:
        """Have so many ``places``; somebody who has read nothing yet waits ``patience_s`` for one.

        An answer that has begun waits as long as its client does.
        """
        self._free = asyncio.Semaphore(places)
        self._patience_s = patience_s

    async def read(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` in a thread.

        Raises ``PreviewError`` with ``transient.storage`` when no place becomes free.
        """
        try:
            async with asyncio.timeout(self._patience_s):
                await self._free.acquire()
        except TimeoutError:
            message = (
                "The storage of previews is slow, and as many read previews as may do so at once."
            )
            raise PreviewError(ErrorCode.STORAGE, message) from None
        return await self._at_a_place(work, *args, **kwargs)

    async def read_on(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` in a thread for an answer that has begun."""
        await self._free.acquire()
        return await self._at_a_place(work, *args, **kwargs)

    async def each(self, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
        """Yield what ``pieces`` yields, each taken in a thread."""
        while (piece := await self.read_on(_next_of, pieces)) is not None:
            yield piece

    async def _at_a_place(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await run_in_threadpool(work, *args, **kwargs)
        finally:
            self._free.release()


def _next_of(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)
