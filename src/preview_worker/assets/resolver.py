"""Looking up hosts: once for every connection, and what was found is what is connected to."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns the addresses of a host in the order of preference; raises ``OSError`` for none."""

_AT_ONCE = 8


class SystemResolver:
    """Asks the system, which may take long and cannot be interrupted.

    So each look-up has a thread of its own, which nobody waits for when the worker ends. Threads
    that hang are counted, so that a name server which never answers cannot gather them.
    """

    def __init__(self) -> None:
        """Start nothing."""
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of ``host``."""
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[str]] = loop.create_future()

        def conclude(found: list[str] | OSError) -> None:
            self._free.release()
            if answer.cancelled():
                return
            if isinstance(found, OSError):
                answer.set_exception(found)
            else:
                answer.set_result(found)

        def look_up() -> None:
            found = _addresses(host, port)
            with contextlib.suppress(RuntimeError):  # nobody waits any more: the loop is closed
                loop.call_soon_threadsafe(conclude, found)

        threading.Thread(target=look_up, name=f"resolve {host}", daemon=True).start()
        return await answer


def _addresses(host: str, port: int) -> list[str] | OSError:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except OSError as error:
        return error
    except UnicodeError as error:
        return OSError(str(error))
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
