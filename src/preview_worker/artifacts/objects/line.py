"""The line to a service: who waits for an answer in a thread can be told to wait no longer.

A request that nobody answers takes as long as its timeout and all its repetitions do, and a thread
cannot be ended. So requests are made in an event loop of their own, where they can.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock, Thread
from typing import Any, TypeVar

from preview_worker.contract import ErrorCode, PreviewError

T = TypeVar("T")
_starting = Lock()


class Call:
    """All that one caller asks, until it hangs up."""

    def __init__(self) -> None:
        """Begin with nothing asked."""
        self._lock = Lock()
        self._asked: set[Future[Any]] = set()
        self._over = False

    def hang_up(self) -> None:
        """End the requests that are under way, and have none made any more. Safe to call twice."""
        with self._lock:
            self._over = True
            asked = list(self._asked)
        for future in asked:
            future.cancel()

    @contextmanager
    def here(self) -> Iterator[None]:
        """Have what is asked in this thread be part of the call while the block runs."""
        token = _call.set(self)
        try:
            yield
        finally:
            _call.reset(token)

    def answer(self, request: Callable[[], Awaitable[T]]) -> T:
        """Return the answer to a request; raise ``PreviewError`` after ``hang_up``."""
        with self._lock:
            if self._over:
                raise _broken_off()
            future = asyncio.run_coroutine_threadsafe(_made(request), _loop())
            self._asked.add(future)
        try:
            return future.result()
        except CancelledError:
            raise _broken_off() from None
        finally:
            with self._lock:
                self._asked.discard(future)


_call: ContextVar[Call | None] = ContextVar("call", default=None)


def ask(request: Callable[[], Awaitable[T]]) -> T:
    """Make a request and wait for its answer, as long as the one whose thread it is waits for it.

    Raises what the request raises, and ``PreviewError`` when it was broken off.
    """
    return (_call.get() or Call()).answer(request)


async def in_call(work: Callable[[], T]) -> T:
    """Run ``work``, which asks, in a thread, and wait until it is over.

    When cancelled, hang up; what ``work`` does next with the line then fails, so it is over soon,
    and nothing goes on behind the caller's back.
    """
    call = Call()
    task = asyncio.ensure_future(asyncio.to_thread(_run, call, work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        call.hang_up()
        await asyncio.wait([task])
        task.exception()  # nobody else looks at it
        raise


def _run(call: Call, work: Callable[[], T]) -> T:
    with call.here():
        return work()


async def _made(request: Callable[[], Awaitable[T]]) -> T:
    return await request()


def _loop() -> asyncio.AbstractEventLoop:
    with _starting:
        return _started_loop()


@functools.cache
def _started_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    Thread(target=loop.run_forever, name="storage", daemon=True).start()
    return loop


def _broken_off() -> PreviewError:
    return PreviewError(ErrorCode.STORAGE, "The request to the object storage was broken off.")
