"""The one place that connects to Redis: an address, timeouts, and a socket that comes back.

Several commands may be in flight on one link. A blocking command needs a link of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Sequence

from preview_worker.queue.address import RedisAddress
from preview_worker.queue.dial import Dialler
from preview_worker.queue.guide import guide_for
from preview_worker.queue.port import QueueUnavailableError
from preview_worker.queue.refusals import STALE, LostWayError, explain_failure, refusal_of
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.wire import Argument, RedisError, Reply, Wire, WireBrokenError, pack

_MAX_REDIRECTIONS = 5
"""A cluster that sends us round in circles is not followed for ever."""


class ReplyLostError(QueueUnavailableError):
    """A command was sent and its reply never came: whether it was carried out is unknown."""


class RedisLink:
    """A connection to Redis that is made on demand and made anew after it broke."""

    def __init__(
        self, settings: QueueSettings, *, client_name: str, patience_s: float = 0.0
    ) -> None:
        """Connect nowhere yet. ``patience_s`` is added to the reply timeout of blocking links."""
        self._settings = settings
        self._address = RedisAddress.parse(settings.redis_url)
        self._dialler = Dialler(settings)
        self._guide = guide_for(settings, self._dialler)
        self._client_name = client_name
        self._reply_timeout_s = settings.reply_timeout_s + patience_s
        self._wire: Wire | None = None
        self._connecting: asyncio.Task[Wire] | None = None
        self._failures = 0
        self._closed = False
        self.client_id: int | None = None
        """The server's number for the present connection, if it tells."""
        self.connections = 0
        """How often a connection was made; a new one may have found another server, or one that
        started afresh."""

    async def call(self, *command: Argument) -> Reply:
        """Send one command and return its reply.

        Raises ``QueueUnavailableError`` when the server cannot be reached or refuses to serve,
        ``ReplyLostError`` when the command was sent but not answered, ``RedisError`` otherwise.
        """
        return self.checked(await self.send(pack(command)))

    async def call_together(self, commands: Sequence[tuple[Argument, ...]]) -> list[Reply]:
        """Send commands in one packet and return their replies; raise the first error."""
        return [self.checked(reply) for reply in await self.answers(commands)]

    async def answers(self, commands: Sequence[tuple[Argument, ...]]) -> list[Reply]:
        """Send commands in one packet; return their replies, some of which may be errors."""
        packed = [pack(command) for command in commands]
        for _ in range(_MAX_REDIRECTIONS):
            wire = self._wire
            if wire is None or wire.broken:
                wire = await self._connect()
            replies = await asyncio.gather(*wire.send_together(packed), return_exceptions=True)
            redirected = [self._redirected(reply, wire) for reply in replies]
            if not any(redirected) or _some_were_done(commands, redirected):
                return [self._raised(reply) for reply in replies]
        raise self._misled()

    async def send(self, packed: bytes) -> Reply:
        """Send a packed command; return its reply, which may be a ``RedisError`` value."""
        for _ in range(_MAX_REDIRECTIONS):
            wire = self._wire
            if wire is None or wire.broken:
                wire = await self._connect()
            try:
                reply = await wire.send(packed)
            except WireBrokenError as error:
                raise self._lost(error) from error
            if not self._redirected(reply, wire):
                return reply
        raise self._misled()

    def checked(self, reply: Reply) -> Reply:
        """Return ``reply``, or raise it in our words when it is an error."""
        if not isinstance(reply, RedisError):
            return reply
        refusal = refusal_of(reply, self._address)
        if refusal is None:
            raise reply
        if reply.code in STALE and self._wire is not None:
            self._wire.close(str(refusal))
        raise refusal from reply

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

    def _redirected(self, reply: Reply | BaseException, wire: Wire) -> bool:
        """Tell whether the server did nothing but send us to another one, and turn to that."""
        if not isinstance(reply, RedisError) or not self._guide.follow(reply):
            return False
        if self._wire is wire:
            self._wire = None
        wire.retire()  # other calls may still wait for replies on it
        return True

    def _misled(self) -> QueueUnavailableError:
        return QueueUnavailableError(f"Redis at {self._address} keeps sending us elsewhere")

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
                self._address = await self._guide.find()
                wire = await self._dialler.open(self._address, self._reply_timeout_s)
                await self._introduce(wire)
        except (OSError, LostWayError, WireBrokenError, RedisError, TimeoutError) as error:
            self._failures += 1
            timeout_s = self._settings.connect_timeout_s
            message = explain_failure(error, self._address, timeout_s)
            raise QueueUnavailableError(message) from error
        else:
            self._failures = 0
            self.connections += 1
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

    async def _introduce(self, wire: Wire) -> None:
        """Log in and choose the database; name and number are taken if the server gives them."""
        address = self._address
        needed: list[tuple[Argument, ...]] = [login] if (login := address.login()) else []
        if address.database:
            needed.append(("SELECT", address.database))
        needed.append(("ROLE",) if self._guide.wants_primary else ("PING",))
        wished = [("CLIENT", "SETNAME", self._client_name), ("CLIENT", "ID")]
        replies = await asyncio.gather(*(wire.send(pack(c)) for c in [*needed, *wished]))
        for command, reply in zip(needed, replies, strict=False):
            # Whoever may not PING is let in, to be told which commands are missing.
            if isinstance(reply, RedisError) and (command, reply.code) != (("PING",), "NOPERM"):
                raise reply
        role = replies[len(needed) - 1]
        if self._guide.wants_primary and not (isinstance(role, list) and role[0] == b"master"):
            message = "READONLY the server has another role by now"
            raise RedisError(message)
        self.client_id = number if isinstance(number := replies[-1], int) else None


def _some_were_done(commands: Sequence[tuple[Argument, ...]], redirected: Sequence[bool]) -> bool:
    """Tell whether a server carried out some of the commands before it sent us elsewhere.

    Then they must not be repeated. In a transaction it carries out all or none.
    """
    return commands[0] != ("MULTI",) and not redirected[0]
