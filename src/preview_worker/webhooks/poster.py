"""Posts one delivery, and says what became of it. It never raises for what others do wrong."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import httpcore

from preview_worker.assets import asked_pause_s
from preview_worker.contract import PreviewError
from preview_worker.queue import Parcel
from preview_worker.webhooks.endpoint import Endpoint
from preview_worker.webhooks.signature import signed_headers

Network = httpcore.AsyncNetworkBackend
Connect = Callable[[Endpoint, Network], AbstractAsyncContextManager[Network]]
"""Opens the network as far as an endpoint may be reached; a ``PreviewError`` refuses an address."""

Explain = Callable[[BaseException], str]
"""Says what broke a connection, in words that hold no address."""

_DONE = range(200, 300)
_GONE = 410
_HEADERS = {
    "accept": "*/*",
    "connection": "close",
    "content-type": "application/json",
    "user-agent": "mobius-preview-worker",
}
_TROUBLE = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a post."""

    done: bool
    reason: str = ""
    """Why not, in words that hold no address."""
    gone: bool = False
    """The receiver wants no more of it."""
    asked_s: float = 0.0
    """How long it wants to be left alone."""


class Poster:
    """Posts to any endpoint, over a connection for each delivery."""

    def __init__(
        self,
        connect: Connect,
        context: Callable[[], ssl.SSLContext],
        explain: Explain,
        timeout_s: float,
    ) -> None:
        """Go out by ``connect``, and trust what ``context`` trusts; it is made when needed."""
        self._connect = connect
        self._explain = explain
        self._network = httpcore.AnyIOBackend()
        self._make_context = context
        self._context: ssl.SSLContext | None = None
        self._preparing = asyncio.Lock()
        self._timeout_s = timeout_s

    async def post(self, endpoint: Endpoint, parcel: Parcel) -> Answer:
        """Post a parcel; redirects are not followed, and what else is answered is not read."""
        context = await self._ready() if endpoint.scheme == "https" else None
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._post(endpoint, parcel, context)
        except TimeoutError:
            return Answer(done=False, reason=f"it did not answer within {self._timeout_s:g} s")
        except PreviewError:
            return Answer(done=False, reason="its address is one that may not be used")
        except _TROUBLE as error:
            return Answer(done=False, reason=self._explain(error))

    async def _post(
        self, endpoint: Endpoint, parcel: Parcel, context: ssl.SSLContext | None
    ) -> Answer:
        url = httpcore.URL(
            scheme=endpoint.scheme,
            host=endpoint.host,
            port=endpoint.port,
            target=endpoint.target,
        )
        signed = signed_headers(parcel.id, int(time.time()), parcel.content, endpoint.secrets)
        headers: Sequence[tuple[bytes | str, bytes | str]] = [
            ("host", endpoint.authority),
            *_HEADERS.items(),
            *signed.items(),
        ]
        async with self._connect(endpoint, self._network) as network:
            connection = httpcore.AsyncHTTPConnection(url.origin, context, network_backend=network)
            async with connection.stream(
                "POST", url, headers=headers, content=parcel.content
            ) as response:
                return _answer(response)

    async def _ready(self) -> ssl.SSLContext:
        """Return whom to trust; that is read in a thread, for the authorities are many."""
        async with self._preparing:
            if self._context is None:
                self._context = await asyncio.to_thread(self._make_context)
            return self._context


def _answer(response: httpcore.Response) -> Answer:
    if response.status in _DONE:
        return Answer(done=True)
    said = _header(response, b"retry-after")
    return Answer(
        done=False,
        reason=f"it answered {response.status}",
        gone=response.status == _GONE,
        asked_s=asked_pause_s(said.decode("latin-1").strip()),
    )


def _header(response: httpcore.Response, wanted: bytes) -> bytes:
    return next((value for name, value in response.headers if name.lower() == wanted), b"")
