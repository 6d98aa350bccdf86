"""Opens sockets to servers, encrypted or not, and asks single questions over them."""

from __future__ import annotations

import asyncio
import ssl

from preview_worker.queue.address import RedisAddress
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.tls import TlsWardrobe
from preview_worker.queue.wire import Argument, RedisError, Reply, Wire, pack

_ASKING_SHARE = 4
"""A question may take this part of the time to connect, so that a few servers can be asked."""


class Dialler:
    """Connects to any server of a deployment in the same way."""

    def __init__(self, settings: QueueSettings) -> None:
        """Connect nowhere yet."""
        self._settings = settings
        self._wardrobe = TlsWardrobe(settings.connection)

    async def open(self, address: RedisAddress, reply_timeout_s: float) -> Wire:
        """Connect to ``address``; raises ``OSError`` when that does not succeed."""
        context = self._wardrobe.context() if address.tls else None
        named = self._settings.connection.server_name if context is not None else None
        _, wire = await asyncio.get_running_loop().create_connection(
            lambda: Wire(reply_timeout_s),
            address.host,
            address.port,
            ssl=context,
            server_hostname=named,
        )
        wire.keep_alive(self._settings.keepalive_s)
        return wire

    async def ask(self, address: RedisAddress, *question: Argument) -> Reply:
        """Ask one question over a connection of its own.

        Raises ``OSError``, ``TimeoutError``, ``WireBrokenError``, or ``RedisError`` for a login
        or a question that was refused.
        """
        timeout_s = self._settings.connect_timeout_s / _ASKING_SHARE
        async with asyncio.timeout(timeout_s):
            wire = await self.open(address, timeout_s)
            try:
                commands = [command for command in (address.login(), question) if command]
                replies = await asyncio.gather(*wire.send_together([pack(c) for c in commands]))
            finally:
                wire.close()
                await wire.wait_closed()
        for reply in replies:
            if isinstance(reply, RedisError):
                raise reply
        return replies[-1]


def explain_tls(error: ssl.SSLError) -> str:
    """Say for people why a server and we do not trust each other."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    reason = (error.reason or str(error)).lower().replace("_", " ")
    if "certificate required" in reason:
        return "it wants a client certificate (PREVIEW_REDIS_CERT_FILE)"
    return f"no TLS connection: {reason}"
