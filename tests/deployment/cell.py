"""A cell: the conditions of a hardened container, made of Linux' own tools without any container.

Whatever runs in it is user 1000 without a capability and without a way to get one, sees a file
system of which it may write /tmp and /mnt/data only, and a network of one loopback interface. It is
built by root from ``unshare``, ``nsenter``, ``setpriv`` and ``mount``.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parents[2]
USER = 1000
_TOOLS = ("unshare", "nsenter", "setpriv", "mount")
_APART = ("unshare", "--mount", "--net")
_NEW_NETWORK = 0x40000000
"""``CLONE_NEWNET``"""
_SET_FLAGS, _INTERFACE_UP = 0x8914, 0x1
"""``SIOCSIFFLAGS`` and ``IFF_UP``"""
_NO_RIGHTS = (
    f"--reuid={USER} --regid={USER} --clear-groups --bounding-set=-all --inh-caps=-all"
    " --ambient-caps=-all --no-new-privs"
).split()

_Found = TypeVar("_Found")


def hindrance() -> str | None:
    """Say why there can be no cell on this machine; None when there can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "only root on Linux can take rights away as a container does"
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        return f"there is no {', '.join(missing)}"
    return refusal_to_mount(*_APART)


def refusal_to_mount(*apart: str) -> str | None:
    """Say that nothing may be mounted behind the words ``apart`` here; None when it may."""
    tried = subprocess.run(
        [*apart, "mount", "-t", "tmpfs", "trial", "/mnt"],
        capture_output=True,
        text=True,
        check=False,
    )
    return f"unshare and mount are not permitted: {tried.stderr}" if tried.returncode else None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that stands. Inside, ``data`` is at /mnt/data and ``secrets`` at /mnt/secrets."""

    keeper: int
    """The process that keeps the namespaces."""
    data: Path
    secrets: Path

    @property
    def entrance(self) -> list[str]:
        """The words before a command that is to run inside, as user 1000."""
        return [
            "nsenter",
            f"--target={self.keeper}",
            "--mount",
            "--net",
            "--wdns=/",
            "setpriv",
            *_NO_RIGHTS,
        ]

    def on_its_network(self, act: Callable[[], _Found]) -> _Found:
        """Call ``act`` in a thread whose sockets are on the cell's network."""
        with ThreadPoolExecutor(1, initializer=_enter_network, initargs=(self.keeper,)) as thread:
            return thread.submit(act).result()

    def door_way(self) -> socket.socket:
        """Return a socket to listen at on the cell's loopback, for a door to the world outside."""
        return self.on_its_network(lambda: socket.create_server(("127.0.0.1", 0)))

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command inside to its end."""
        return subprocess.run(
            [*self.entrance, *words],
            env={"PATH": os.environ["PATH"], **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@contextmanager
def a_cell(folder: Path) -> Iterator[Cell]:
    """Build a cell with its folders in ``folder``; it ends with the block."""
    data, secrets = folder / "data", folder / "secrets"
    for each in (data, secrets):
        each.mkdir(parents=True)
        os.chown(each, USER, USER)
    script = Path(__file__).with_name("cell.sh")
    keeper = subprocess.Popen(
        [*_APART, "sh", str(script), str(folder), *_kept()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with keeper:
        try:
            assert keeper.stdout is not None
            assert keeper.stderr is not None
            if keeper.stdout.readline() != "ready\n":
                message = f"the cell could not be built: {keeper.stderr.read()}"
                raise AssertionError(message)
            cell = Cell(keeper.pid, data, secrets)
            cell.on_its_network(_raise_loopback)
            yield cell
        finally:
            keeper.kill()


def _kept() -> list[str]:
    """Return what Python needs, each but once, what lies in another left out."""
    wanted = {ROOT, Path(sys.prefix), Path(sys.base_prefix), *map(Path, sys.path)}
    there = {path.resolve() for path in wanted if path.is_absolute() and path.exists()}
    return sorted(str(path) for path in there if not there.intersection(path.parents))


def _enter_network(keeper: int) -> None:
    """Move this thread onto the network of ``keeper``."""
    handle = os.open(f"/proc/{keeper}/ns/net", os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).setns(handle, _NEW_NETWORK) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    finally:
        os.close(handle)


def _raise_loopback() -> None:
    """Switch on the loopback interface of the network that this thread is on."""
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh14x", b"lo", _INTERFACE_UP))
