"""A canary: a file and a server that only somebody who was led astray would open or call."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_IN_OPEN = 0x20  # linux/inotify.h
_IN_ACCESS = 0x01
_EVENT = struct.Struct("iIII")
_READ_BYTES = 1 << 16


@dataclass(slots=True)
class Canary:
    """Counts openings of its file, where there is inotify, and calls of its server anywhere."""

    file: Path
    server: socket.socket
    watch: int | None

    @classmethod
    def beside(cls, folder: Path) -> Self:
        """Put a canary into ``folder``."""
        file = folder / "canary.wav"
        file.write_bytes(b"RIFF....WAVE")
        return cls(file, socket.create_server(("127.0.0.1", 0), backlog=128), _watch(file))

    @property
    def port(self) -> int:
        """Where the server listens."""
        return int(self.server.getsockname()[1])

    def openings(self) -> int:
        """Return how often the file was opened or read since the last time."""
        if self.watch is None:
            return 0
        try:
            events = os.read(self.watch, _READ_BYTES)
        except BlockingIOError:
            return 0
        count, place = 0, 0
        while place < len(events):
            *_, name_bytes = _EVENT.unpack_from(events, place)
            place += _EVENT.size + name_bytes
            count += 1
        return count

    def calls(self) -> int:
        """Return how many connections came since the last time."""
        self.server.settimeout(0)
        count = 0
        while True:
            try:
                self.server.accept()[0].close()
            except BlockingIOError:
                return count
            count += 1

    def close(self) -> None:
        """Stop watching."""
        self.server.close()
        if self.watch is not None:
            os.close(self.watch)


def _watch(file: Path) -> int | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = int(libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
    added = libc.inotify_add_watch(descriptor, os.fsencode(file), _IN_OPEN | _IN_ACCESS)
    if descriptor < 0 or added < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return descriptor
