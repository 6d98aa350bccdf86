"""The one place that connects to Redis: an address, timeouts, and a socket that comes back.

Several commands may be in flight on one link. A blocking command needs a link of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import ssl
from collections.abc import Sequence

from preview_worker.queue.address import RedisAddress
from preview_worker.queue.port import QueueUnavailableError
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.wire import Argument, RedisError, Reply, Wire, WireBrokenError, pack

REFUSALS = {
    "LOADING": "is still loading its data",
    "READONLY": "is a read-only replica",
    "MASTERDOWN": "has lost its primary",
    "OOM": "is out of memory (maxmemory)",
    "MISCONF": "cannot save to disk and refuses writes",
    "NOREPLICAS": "has too few replicas and refuses writes",
    "BUSY": "is busy with a script",
    "CLUSTERDOWN": "is a cluster that is down",
    "TRYAGAIN": "is moving keys between cluster nodes",
    "NOAUTH": "wants a password; set REDIS_PASSWORD or put it into REDIS_URL",
    "WRONGPASS": "refused the password or the user name",
    "NOPERM": "does not allow this user to run a command that the queue needs",
    "ERR": "refused the connection's set-up",
}
"""Error codes for people. All of them pass, or are a deployment's fault, never a job's."""

_STALE = frozenset({"READONLY", "MASTERDOWN", "LOADING", "NOAUTH"})
"""After these the connection is dropped, so that the next attempt may find the right server."""


class ReplyLostError(QueueUnavailableError):
    """A command was sent and its reply never came: whether it was carried out is unknown."""


class RedisLink:
    """A connection to Redis that is made on demand and made anew after it broke."""

    def __init__(
        self, settings: QueueSettings, *, client_name: str, patience_s: float = 0.0
    ) -> None:
        """Connect nowhere yet. ``patience_s`` is added to the reply timeout of blocking links."""
        self._settings = settings
        self._address = RedisAddress.parse(settings.redis_url, password=settings.redis_password)
        self._client_name = client_name
        self._reply_timeout_s = settings.reply_timeout_s + patience_s
        self._wire: Wire | None = None
        self._connecting: asyncio.Task[Wire] | None = None
        self._failures = 0
        self._closed = False
        self.client_id: int | None = None
        """The server's number for the present connection, if it tells."""

    async def call(self, *command: Argument) -> Reply:
        """Send one command and return its reply.

        Raises ``QueueUnavailableError`` when the server cannot be reached or refuses to serve,
        ``ReplyLostError`` when the command was sent but not answered, ``RedisError`` otherwise.
        """
        return self.checked(await self.send(pack(command)))

    async def call_together(self, commands: Sequence[tuple[Argument, ...]]) -> list[Reply]:
        """Send commands in one packet and return their replies; raise the first error."""
        packed = [pack(command) for command in commands]
        wire = self._wire
        if wire is None or wire.broken:
            wire = await self._connect()
        replies = await asyncio.gather(*wire.send_together(packed), return_exceptions=True)
        return [self.checked(self._raised(reply)) for reply in replies]

    async def send(self, packed: bytes) -> Reply:
        """Send a packed command; return its reply, which may be a ``RedisError`` value."""
        wire = self._wire
        if wire is None or wire.broken:
            wire = await self._connect()
        try:
            return await wire.send(packed)
        except WireBrokenError as error:
            raise self._lost(error) from error

    def checked(self, reply: Reply) -> Reply:
        """Return ``reply``, or raise it in our words when it is an error."""
        if not isinstance(reply, RedisError):
            return reply
        if reply.code in _STALE and self._wire is not None:
            self._wire.close(f"the server {REFUSALS[reply.code]}")
        if reply.code in REFUSALS and reply.code != "ERR":
            message = f"Redis at {self._address} {REFUSALS[reply.code]}"
            raise QueueUnavailableError(message) from reply
        raise reply

    async def close(self) -> None:
        """Close the connection; later calls fail. Safe to call twice."""
        self._closed = True
        if self._connecting is not None:
            self._connecting.cancel()
            with contextlib.suppress(asyncio.CancelledError, QueueUnavailableError):
                await self._connecting
        if self._wire is not None:
            self._wire.close()
            await self._wire.wait_closed()

    def drop(self) -> None:
        """Break the connection, if there is one, so that the next call makes a new one."""
        if self._wire is not None:
            self._wire.close()

    def _raised(self, reply: Reply | BaseException) -> Reply:
        if isinstance(reply, WireBrokenError):
            raise self._lost(reply) from reply
        if isinstance(reply, BaseException) and not isinstance(reply, Exception):
            raise reply
        return reply

    def _lost(self, error: WireBrokenError) -> ReplyLostError:
        return ReplyLostError(f"Redis at {self._address} went away: {error}")

    async def _connect(self) -> Wire:
        """Join the attempt that is under way, or begin one."""
        if self._closed:
            message = "The queue is closed"
            raise QueueUnavailableError(message)
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._attempt())
            self._connecting.add_done_callback(self._attempted)
        return await asyncio.shield(self._connecting)

    def _attempted(self, task: asyncio.Task[Wire]) -> None:
        self._connecting = None
        if not task.cancelled():
            task.exception()  # marks it as seen when all who waited were cancelled

    async def _attempt(self) -> Wire:
        await asyncio.sleep(self._pause_s())
        wire: Wire | None = None
        try:
            async with asyncio.timeout(self._settings.connect_timeout_s):
                wire = await self._open_socket()
                await self._introduce(wire)
        except (OSError, WireBrokenError, RedisError, TimeoutError) as error:
            self._failures += 1
            raise QueueUnavailableError(self._explain(error)) from error
        else:
            self._failures = 0
            self._wire = wire
            return wire
        finally:
            if wire is not None and wire is not self._wire:
                wire.close()
                await wire.wait_closed()

    def _pause_s(self) -> float:
        """Grow the pause with each failure, with full jitter so that workers do not march."""
        if not self._failures:
            return 0.0
        settings = self._settings
        ceiling_s = min(settings.retry_max_s, settings.retry_min_s * 2.0 ** min(self._failures, 10))
        return random.uniform(settings.retry_min_s, ceiling_s)  # noqa: S311 -- jitter, no secret

    async def _open_socket(self) -> Wire:
        address = self._address
        _, wire = await asyncio.get_running_loop().create_connection(
            lambda: Wire(self._reply_timeout_s),
            address.host,
            address.port,
            ssl=ssl.create_default_context() if address.tls else None,
        )
        wire.keep_alive(self._settings.keepalive_s)
        return wire

    async def _introduce(self, wire: Wire) -> None:
        """Log in and choose the database; name and number are taken if the server gives them."""
        address = self._address
        needed: list[tuple[Argument, ...]] = []
        if address.password is not None:
            user = () if address.username is None else (address.username,)
            needed.append(("AUTH", *user, address.password))
        if address.database:
            needed.append(("SELECT", address.database))
        wished = [("CLIENT", "SETNAME", self._client_name), ("CLIENT", "ID")]
        commands = [*needed, ("PING",), *wished]
        replies = await asyncio.gather(*(wire.send(pack(c)) for c in commands))
        for reply in replies[: len(needed) + 1]:
            if isinstance(reply, RedisError):
                raise reply
        self.client_id = number if isinstance(number := replies[-1], int) else None

    def _explain(self, error: Exception) -> str:
        if isinstance(error, RedisError):
            told = REFUSALS.get(error.code, REFUSALS["ERR"])
            return f"Redis at {self._address} {told}"
        if isinstance(error, TimeoutError):
            reason = f"no connection within {self._settings.connect_timeout_s:g} s"
        elif isinstance(error, ConnectionRefusedError):
            reason = "nothing listens there"
        elif isinstance(error, socket.gaierror):
            reason = "the host name is not known"
        else:
            reason = str(error)
        return f"Redis at {self._address} cannot be reached: {reason}"
