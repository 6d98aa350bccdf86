"""Messages between the worker and its render processes: a length, then JSON.

A frame is four bytes, the length of the body as an unsigned big-endian integer, and the body. What
a render process sends is untrusted: it decodes hostile pictures, so every frame is bounded and
every body is checked before it is believed.
"""

from __future__ import annotations

import json
import socket
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

MAX_FRAME_BYTES = 1024 * 1024
PACKET_BYTES = 4096
"""No control packet of the zygote is longer."""
_LENGTH = struct.Struct(">I")


class FramingError(Exception):
    """The other side sent something that is not a message."""


def pack_frame(body: bytes) -> bytes:
    """Return ``body`` with its length in front."""
    return _LENGTH.pack(len(body)) + body


def pack_message(message: dict[str, Any]) -> bytes:
    """Return ``message`` as one frame."""
    return pack_frame(json.dumps(message, separators=(",", ":")).encode())


async def read_message(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    """Return the next message, or None at the end of the stream.

    Raises ``FramingError`` for a frame that is too long, cut short, or not a JSON object.
    """
    header = await _read_exactly(reader, _LENGTH.size)
    if header is None:
        return None
    (length,) = _LENGTH.unpack(header)
    if length > MAX_FRAME_BYTES:
        message = f"a frame of {length} bytes is longer than {MAX_FRAME_BYTES}"
        raise FramingError(message)
    body = await _read_exactly(reader, length) if length else b""
    try:
        value = json.loads(body or b"")
    except (ValueError, RecursionError) as error:
        message = f"a frame is not JSON: {error}"
        raise FramingError(message) from None
    if not isinstance(value, dict):
        message = "a frame is not a JSON object"
        raise FramingError(message)
    return value


async def _read_exactly(reader: asyncio.StreamReader, length: int) -> bytes | None:
    chunks = b""
    while len(chunks) < length:
        chunk = await reader.read(length - len(chunks))
        if not chunk:
            if chunks:
                message = "a frame was cut short"
                raise FramingError(message)
            return None
        chunks += chunk
    return chunks


def receive_frame(connection: socket.socket) -> bytes:
    """Return the next frame's body from a blocking socket; raise ``FramingError`` at its end."""
    (length,) = _LENGTH.unpack(_receive_exactly(connection, _LENGTH.size))
    return _receive_exactly(connection, length)


def _receive_exactly(connection: socket.socket, length: int) -> bytes:
    received = bytearray()
    while len(received) < length:
        chunk = connection.recv(length - len(received))
        if not chunk:
            message = "the connection ended inside a frame"
            raise FramingError(message)
        received += chunk
    return bytes(received)
