"""A name server for tests that rebinds names: each question has another answer than the last."""

from __future__ import annotations

import asyncio
import itertools
import socket
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

_HEADER = struct.Struct("!6H")
_RESPONSE = 0x8400
"""A response, and one of authority."""


class RebindingServer(asyncio.DatagramProtocol):
    """Answers every question of type A (RFC 1035) with the next of its addresses, for 0 s."""

    def __init__(self, addresses: Sequence[str]) -> None:
        """Go round ``addresses``."""
        self._addresses = itertools.cycle(addresses)
        self._transport: asyncio.DatagramTransport | None = None
        self.asked = 0
        self.port = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to answer."""
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer a question."""
        self.asked += 1
        number, question = _HEADER.unpack_from(data)[0], data[_HEADER.size :]
        answer = struct.pack("!3HIH", 0xC00C, 1, 1, 0, 4)
        answer += socket.inet_aton(next(self._addresses))
        assert self._transport is not None
        self._transport.sendto(
            _HEADER.pack(number, _RESPONSE, 1, 1, 0, 0) + question + answer, addr
        )

    async def look_up(self, host: str, port: int) -> Sequence[str]:
        """Ask this server over the wire, as a resolver without a cache would."""
        del port
        labels = b"".join(bytes([len(one)]) + one.encode() for one in host.split("."))
        question = _HEADER.pack(7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", 1, 1)
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(0)
            await loop.sock_connect(asking, ("127.0.0.1", self.port))
            await loop.sock_sendall(asking, question)
            async with asyncio.timeout(10):
                answer = await loop.sock_recv(asking, 512)
        assert answer[:2] == question[:2]
        return [socket.inet_ntoa(answer[-4:])]


@asynccontextmanager
async def a_name_server(*addresses: str) -> AsyncIterator[RebindingServer]:
    """Run a name server that goes round ``addresses``."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        lambda: RebindingServer(addresses), ("127.0.0.1", 0)
    )
    try:
        yield server
    finally:
        transport.close()
