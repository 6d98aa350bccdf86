"""A host of assets for tests: real https on the loopback, with every bad habit on demand."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpcore

from preview_worker.assets import AssetSettings, HostList, read_hosts
from preview_worker.assets.connector import Connector
from preview_worker.assets.fetcher import Fetcher
from preview_worker.assets.networks import Address, refusal_of
from preview_worker.assets.resolver import Resolver
from preview_worker.assets.transfer import Transfer
from tests.certificates import Authority

NAME = "img.example.org"
LOOPBACK = "127.0.0.1"

Habit = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Request:
    """What the host was asked."""

    path: str
    headers: dict[str, str]


@dataclass
class AssetHost:
    """Answers each path as its habit says, and remembers what it was asked."""

    authority: Authority
    port: int = 0
    habits: dict[str, list[Habit]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    served: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a request has come."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a connection is closed."""

    def url(self, path: str) -> str:
        """Return the address of ``path``."""
        return f"https://{NAME}:{self.port}{path}"

    def serve(self, path: str, *habits: Habit) -> str:
        """Answer ``path`` with each of ``habits`` in turn, and with the last from then on."""
        self.habits[path] = list(habits)
        return self.url(path)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            path = head[0].split(" ")[1]
            pairs = (line.split(": ", 1) for line in head[1:] if line)
            self.requests.append(Request(path, {name.lower(): value for name, value in pairs}))
            self.served.set()
            habits = self.habits[path]
            await (habits.pop(0) if len(habits) > 1 else habits[0])(writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            self.ended.set()
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()


def says(
    body: bytes = b"", status: str = "200 OK", headers: Sequence[str] = (), length: int | None = -1
) -> Habit:
    """Send an answer; ``length`` is what it claims to have, or None to claim nothing."""

    async def habit(writer: asyncio.StreamWriter) -> None:
        claimed = len(body) if length == -1 else length
        lines = [f"HTTP/1.1 {status}", *headers]
        if claimed is not None:
            lines.append(f"Content-Length: {claimed}")
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    return habit


def leads_to(address: str, status: str = "302 Found") -> Habit:
    """Redirect."""
    return says(status=status, headers=[f"Location: {address}"])


def trickles(pieces: Iterable[bytes], every_s: float) -> Habit:
    """Send ``pieces`` with a pause after each of them."""

    async def habit(writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(every_s)

    return habit


async def resets(writer: asyncio.StreamWriter) -> None:
    """Break the connection without a word."""
    writer.transport.abort()


async def hangs(writer: asyncio.StreamWriter) -> None:
    """Take the request and say nothing until the asker leaves."""
    while not writer.is_closing():
        await asyncio.sleep(0.01)
        writer.write(b"")


@dataclass
class Names:
    """A resolver that answers what it is told; the last answers stay."""

    answers: list[list[str]] = field(default_factory=lambda: [[LOOPBACK]])
    asked: int = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return the next answer."""
        del host, port
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Network(httpcore.AsyncNetworkBackend):
    """The real network, with a list of what was connected to."""

    def __init__(self) -> None:
        """Start with an empty list."""
        self.connected: list[str] = []
        self._real = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect, and remember it first."""
        self.connected.append(host)
        return await self._real.connect_tcp(host, port, timeout, local_address, socket_options)


def lenient(address: Address) -> str | None:
    """Judge as the worker does, but for the loopback on which the tests' host lives."""
    return None if address == ip_address(LOOPBACK) else refusal_of(address)


@dataclass
class Desk:
    """A fetcher that reaches the tests' host, and everything to see what it does."""

    host: AssetHost
    names: Names
    network: Network
    settings: AssetSettings
    fetcher: Fetcher

    def left_over(self) -> list[Path]:
        """Return every file in the cache."""
        return [path for path in self.settings.folder.rglob("*") if path.is_file()]


def a_fetcher(
    settings: AssetSettings, names: Resolver, network: Network, context: ssl.SSLContext
) -> Fetcher:
    """Return the worker's own fetcher on a network of a test."""

    def connect() -> Connector:
        return Connector(names, network, lenient, settings.connect_timeout_s)

    return Fetcher(settings, Transfer(settings, context, connect))


@asynccontextmanager
async def a_host(folder: Path, name: str = NAME) -> AsyncIterator[AssetHost]:
    """Run a host whose certificate is for ``name``."""
    host = AssetHost(Authority(folder / "authority"))
    context = host.authority.server_context(name, mutual=False)
    server = await asyncio.start_server(host.answer, LOOPBACK, 0, ssl=context)
    host.port = server.sockets[0].getsockname()[1]
    async with server:
        yield host


@asynccontextmanager
async def a_desk(folder: Path, **limits: Any) -> AsyncIterator[Desk]:
    """Run a host and a fetcher whose settings differ from the usual by ``limits``."""
    async with a_host(folder) as host:
        names, network = Names(), Network()
        hosts: HostList = read_hosts(f"{NAME}:{host.port}")
        settings = replace(AssetSettings(hosts=hosts, folder=folder / "assets"), **limits)
        context = ssl.create_default_context(cafile=host.authority.file)
        yield Desk(host, names, network, settings, a_fetcher(settings, names, network, context))
