"""One asset from its host: asked for, followed through redirects, received within limits."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager

import httpcore

from preview_worker.assets.answer import Answer, AssetTroubleError, too_large
from preview_worker.assets.cache import Record
from preview_worker.assets.connector import Connector
from preview_worker.assets.locator import Locator, forbidden, shown
from preview_worker.assets.order import Order, Write
from preview_worker.assets.pace import Pace
from preview_worker.assets.settings import AssetSettings
from preview_worker.assets.trouble import trouble_with
from preview_worker.contract import ErrorCode, PreviewError

_PIECE = 1 << 20
_CRUMBS, _CRUMB_BYTES = 4096, 256
"""An asset may come in so many pieces, and one more for each of so many bytes. Each of them costs
the worker about the same time, however small it is."""
_TROUBLE = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError)
_HEADERS = (
    ("Accept", "image/*, audio/*;q=0.9, */*;q=0.5"),
    ("Accept-Encoding", "identity"),
    ("Connection", "close"),
    ("User-Agent", "mobius-preview-worker"),
)


class Transfer:
    """Fetches one asset at a time, each over connections of its own."""

    def __init__(
        self, settings: AssetSettings, context: ssl.SSLContext, connect: Callable[[], Connector]
    ) -> None:
        """Open connections with what ``connect`` makes, and trust what ``context`` trusts."""
        self._settings = settings
        self._context = context
        self._connect = connect

    async def run(self, order: Order[Locator], write: Write) -> Answer:
        """Hand the asset's bytes to ``write`` and return the last answer.

        No bytes come with an answer that is ``unchanged``. Raises ``PreviewError``:
        ``transient.asset`` and ``transient.asset_slow`` for what may go better another time, else
        what is wrong with the address or with what its host sent.
        """
        try:
            async with asyncio.timeout(None) as timeout:
                return await self._follow(order, write, Pace(self._settings, timeout))
        except TimeoutError:
            message = f"The asset {shown(str(order.locator))} came too slowly; its host is asked "
            raise PreviewError(ErrorCode.ASSET_SLOW, message + "again with the job.") from None
        except _TROUBLE as error:
            raise AssetTroubleError(order.locator, trouble_with("its host", error)) from error

    async def _follow(self, order: Order[Locator], write: Write, pace: Pace) -> Answer:
        locator = order.locator
        for _ in range(self._settings.max_redirects + 1):
            if not self._settings.hosts.allows(locator):
                raise forbidden(str(locator), "is not at a host that PREVIEW_ASSET_HOSTS allows")
            pace.start()
            async with self._asked(locator, order) as response:
                answer = Answer.of(locator, response)
                if order.known and order.known.key == locator.key and answer.unchanged:
                    return answer
                if (onward := answer.onward()) is None:
                    answer.check(order.max_bytes)
                    await self._receive(response, order, write, pace)
                    return answer
            locator = onward
        most = self._settings.max_redirects
        raise forbidden(str(order.locator), f"is redirected more than {most} times")

    @asynccontextmanager
    async def _asked(
        self, locator: Locator, order: Order[Locator]
    ) -> AsyncIterator[httpcore.Response]:
        headers: list[tuple[bytes | str, bytes | str]] = list(_HEADERS)
        if order.known is not None and order.known.key == locator.key:
            headers += _conditions(order.known)
        url = httpcore.URL(
            scheme=b"https", host=locator.host, port=locator.port, target=locator.target
        )
        async with aclosing(self._connect()) as network:
            connection = httpcore.AsyncHTTPConnection(
                url.origin, self._context, network_backend=network
            )
            async with connection.stream("GET", url, headers=headers) as response:
                network.answered()
                yield response

    @staticmethod
    async def _receive(
        response: httpcore.Response, order: Order[Locator], write: Write, pace: Pace
    ) -> None:
        """Count what arrives and not what was announced, and stop at the first byte too many."""
        size, crumbs, held = 0, 0, bytearray()
        async for piece in response.aiter_stream():
            pace.received(len(piece))
            size += len(piece)
            crumbs += 1
            if crumbs > _CRUMBS + size // _CRUMB_BYTES:
                raise AssetTroubleError(order.locator, "its host sends it in crumbs")
            if size > order.max_bytes:
                raise too_large(order.locator, order.max_bytes)
            held += piece
            if len(held) >= _PIECE:
                await write(bytes(held))
                held.clear()
        await write(bytes(held))


def _conditions(known: Record) -> list[tuple[str, str]]:
    """Return the headers that ask for the asset only if it is another than the ``known`` one."""
    conditions = [("If-None-Match", known.etag), ("If-Modified-Since", known.modified)]
    return [(name, value) for name, value in conditions if value]
