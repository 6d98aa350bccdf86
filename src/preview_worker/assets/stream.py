"""A connection as the worker's event loop can bear it: read in small pieces, with pauses between.

What is read is parsed at once and without a pause, so a host that sends nothing but framing could
keep the loop from everything else for as long as the parser takes for one piece.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import httpcore

_PIECE = 8 * 1024
_MAX_HEAD_BYTES = 128 * 1024


class Meter:
    """Counts what a host sends before it answers: headers, and answers that are only a prologue."""

    def __init__(self) -> None:
        """Begin to count."""
        self._left: int | None = _MAX_HEAD_BYTES

    def answered(self) -> None:
        """Stop counting: what comes now is the asset, which others count."""
        self._left = None

    def count(self, size_bytes: int) -> None:
        """Raise ``httpcore.ReadError`` when there are too many bytes and still no answer."""
        if self._left is None:
            return
        self._left -= size_bytes
        if self._left < 0:
            raise httpcore.ReadError


class MeteredStream(httpcore.AsyncNetworkStream):
    """Another stream, read in small pieces that ``meter`` counts."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, meter: Meter) -> None:
        """Read and write ``stream``."""
        self._stream = stream
        self._meter = meter

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- httpcore's own signature
    ) -> bytes:
        """Return the next bytes, after everybody else had a turn."""
        await asyncio.sleep(0)
        piece = await self._stream.read(min(max_bytes, _PIECE), timeout)
        self._meter.count(len(piece))
        return piece

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ASYNC109 -- httpcore's own signature
    ) -> None:
        """Send ``buffer``."""
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 -- httpcore's own signature
    ) -> httpcore.AsyncNetworkStream:
        """Return the same connection, encrypted and metered still."""
        secured = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        return MeteredStream(secured, self._meter)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 -- httpcore's own signature
        """Tell of the connection what the stream tells."""
        return self._stream.get_extra_info(info)
