"""Many clients of the stream of events in one process: what each of them saw, and when.

Runs as a process of its own: it says ``ready`` when all are connected, listens until its input
ends, and then writes what was seen as one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from urllib.parse import urlsplit

Seen = tuple[str, str, int, float]
"""Id and state of a job, its progress in percent, and when its event was parsed: POSIX ms."""

_CONNECT_AT_ONCE = 20
_EVENT_END = b"\n\n"


class Listener(asyncio.Protocol):
    """One HTTP connection that reads the stream, as it comes off the wire."""

    def __init__(self, host: str, path: str) -> None:
        """Ask for ``path`` as soon as the connection stands."""
        self.seen: list[Seen] = []
        self.others: dict[str, int] = {}
        self.connected = asyncio.get_running_loop().create_future()
        self._request = f"GET {path} HTTP/1.1\r\nhost: {host}\r\naccept: text/event-stream\r\n\r\n"
        self._raw = b""
        self._text = b""
        self._in_body = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the request."""
        if isinstance(transport, asyncio.Transport):
            transport.write(self._request.encode())

    def connection_lost(self, exc: Exception | None) -> None:
        """Count a stream that ended before its time."""
        del exc
        self.others["ended"] = self.others.get("ended", 0) + 1

    def data_received(self, data: bytes) -> None:
        """Take the chunks out of what came, and the events out of the chunks."""
        self._raw += data
        if not self._in_body:
            head, found, rest = self._raw.partition(b"\r\n\r\n")
            if not found:
                return
            if not head.startswith(b"HTTP/1.1 200"):
                self.connected.set_exception(ConnectionError(head.decode()))
                return
            self._in_body, self._raw = True, rest
            self.connected.set_result(None)
        while (chunk := self._chunk()) is not None:
            self._text += chunk
        *events, self._text = self._text.split(_EVENT_END)
        for event in events:
            self._parse(event)

    def _chunk(self) -> bytes | None:
        size, found, rest = self._raw.partition(b"\r\n")
        if not found:
            return None
        length = int(size, 16)
        if len(rest) < length + 2:
            return None
        self._raw = rest[length + 2 :]
        return rest[:length]

    def _parse(self, event: bytes) -> None:
        fields = dict(line.split(b": ", 1) for line in event.split(b"\n") if b": " in line)
        name = fields.get(b"event", b"").decode()
        if name != "job":
            self.others[name] = self.others.get(name, 0) + 1
            return
        job = json.loads(fields[b"data"])
        self.seen.append((job["id"], job["state"], job["progress"], time.time() * 1000))


async def listen(url: str, count: int) -> list[Listener]:
    """Hold ``count`` streams open until the standard input ends; return what they saw."""
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    listeners: list[Listener] = []
    for _ in range(0, count, _CONNECT_AT_ONCE):
        group = []
        for _ in range(min(_CONNECT_AT_ONCE, count - len(listeners))):
            _, listener = await loop.create_connection(
                lambda: Listener(parts.netloc, parts.path), parts.hostname or "", parts.port or 80
            )
            group.append(listener)
            listeners.append(listener)
        await asyncio.gather(*(listener.connected for listener in group))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    return listeners


def main() -> None:
    """Listen to the address that is the first argument, as often as the second says."""
    listeners = asyncio.run(listen(sys.argv[1], int(sys.argv[2])))
    told = [{"seen": one.seen, "others": one.others} for one in listeners]
    json.dump(told, sys.stdout)
