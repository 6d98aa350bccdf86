"""Redis servers with options of their own: cluster nodes, replicas, Sentinels, TLS servers."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from preview_worker.queue.embedded import find_server
from preview_worker.queue.link import RedisLink
from preview_worker.queue.port import QueueUnavailableError
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.wire import RedisError, Reply

HOST = "127.0.0.1"
_START_S = 60.0
_LAST_PORT = 65_535
_BUS_OFFSET = 10_000
"""A cluster node talks to the others on a port so far above its own."""


class RedisProgram:
    """One ``redis-server`` process with the options of a test."""

    def __init__(self, folder: Path, *, sentinel: bool = False, **options: str) -> None:
        """Prepare a server; ``options`` go into its file, with ``_`` for ``-``."""
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self._sentinel = sentinel
        self._file = folder / "redis.conf"
        lines = {"port": str(self.port), "bind": HOST, "dir": str(folder), "logfile": "redis.log"}
        lines |= {} if sentinel else {"save": '""', "appendonly": "no"}
        lines |= {name.replace("_", "-"): value for name, value in options.items()}
        self._file.write_text("".join(f"{name} {value}\n" for name, value in lines.items()))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients find the server."""
        return f"redis://{HOST}:{self.port}"

    @property
    def pid(self) -> int | None:
        """The process id of the running server."""
        return None if self._process is None else self._process.pid

    def configure(self, *lines: str) -> None:
        """Add lines to the server's file before it is started."""
        with self._file.open("a") as file:
            file.writelines(f"{line}\n" for line in lines)

    def launch(self) -> None:
        """Start the server without waiting for it."""
        words = [str(find_server()), str(self._file), *(["--sentinel"] if self._sentinel else [])]
        self._process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def kill(self) -> None:
        """End the server as a crash would. Safe to call twice."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    async def call(self, *words: str | int, password: str | None = None) -> Reply:
        """Send one command, waiting for the server to come up."""
        settings = QueueSettings(redis_url=self.url, redis_password=password)
        link = RedisLink(settings, client_name="test")
        deadline_s = time.monotonic() + _START_S
        try:
            while True:
                try:
                    return await link.call(*words)
                except QueueUnavailableError:
                    if time.monotonic() > deadline_s:
                        raise
        finally:
            await link.close()

    async def wait_until(self, *words: str | int, holds: bytes, within_s: float = 60) -> None:
        """Ask until the answer holds ``holds``."""
        deadline_s = time.monotonic() + within_s
        reply: Reply = None
        while time.monotonic() < deadline_s:
            with suppress(QueueUnavailableError, RedisError):
                reply = await self.call(*words)
                if holds in repr(reply).encode():
                    return
        message = f"{words} never answered {holds!r}, but {reply!r}"
        raise AssertionError(message)


def free_port() -> int:
    """Return a free port that a cluster node may have too, as its second one is free as well."""
    while True:
        with socket.socket() as probe, socket.socket() as bus, suppress(OSError):
            probe.bind((HOST, 0))
            port: int = probe.getsockname()[1]
            if port + _BUS_OFFSET <= _LAST_PORT:
                bus.bind((HOST, port + _BUS_OFFSET))
                return port


@contextmanager
def running(*programs: RedisProgram) -> Iterator[None]:
    """Run servers until the block ends."""
    try:
        for program in programs:
            program.launch()
        yield
    finally:
        for program in programs:
            program.kill()
