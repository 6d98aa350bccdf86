"""The zygote: one quiet process that loads the media libraries once and forks a child per render.

Loading Skia and FFmpeg takes a good part of a second, forking a process that has them takes a few
milliseconds. Forking is safe only from a process with a single thread, so the zygote has one and
says how many it has when it reports ready.

Control messages are JSON packets on a SEQPACKET socket. The worker sends ``{"fork": key}`` with one
end of a stream socket attached, and ``{"kill": pid, "signal": n}``. The zygote answers ``{"ready":
threads}``, ``{"forked": key, "pid": pid}`` or ``{"refused": key, "reason": text}``, ``{"signalled":
pid, "signal": n}``, and ``{"exited": pid, "status": wait status, "cpu_s": seconds, "rss_kib":
peak}``, the last when nothing is left of the child nor of anything that it started. It ends, with
all its children, when the worker's end closes.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from preview_worker.worker.child import render_for
from preview_worker.worker.families import Families
from preview_worker.worker.framing import PACKET_BYTES
from preview_worker.worker.shedding import shed
from preview_worker.worker.tether import adopt_orphans, die_with_parent
from preview_worker.worker.walls import prepare

if TYPE_CHECKING:
    from collections.abc import Callable

_CONNECTION = 3
"""The descriptor of a child's connection; what it inherited besides is closed."""


class Zygote:
    """Forks children on request and reports how each of them ended."""

    def __init__(self, control: socket.socket, render: Callable[..., Any]) -> None:
        """Serve requests on ``control``; children call ``render``."""
        self._control = control
        self._render = render
        self._families = Families()

    def serve(self) -> None:
        """Answer requests until the worker closes its end, then kill what is left."""
        wake_read, wake_write = socket.socketpair()
        wake_read.settimeout(0)
        wake_write.settimeout(0)
        signal.set_wakeup_fd(wake_write.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        selector = selectors.DefaultSelector()
        selector.register(self._control, selectors.EVENT_READ)
        selector.register(wake_read, selectors.EVENT_READ)
        self._own = (selector, wake_read, wake_write)
        self._tell({"ready": _count_threads()})
        open_ = True
        while open_:
            for key, _ in selector.select():
                if key.fileobj is wake_read:
                    wake_read.recv(PACKET_BYTES)
                else:
                    open_ = self._answer()
            self._reap()
        self._families.kill()

    def _answer(self) -> bool:
        packet, descriptors, _, _ = socket.recv_fds(self._control, PACKET_BYTES, 1)
        if not packet:
            return False
        message = json.loads(packet)
        if "fork" in message and not descriptors:
            self._tell({"refused": message["fork"], "reason": "no descriptor was left for it"})
        elif "fork" in message:
            self._fork(message["fork"], socket.socket(fileno=descriptors[0]))
        else:
            self._families.signal(message["kill"], message["signal"])
            self._tell({"signalled": message["kill"], "signal": message["signal"]})
        return True

    def _fork(self, key: str, connection: socket.socket) -> None:
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:  # the limit of processes, or of memory
            connection.close()
            self._tell({"refused": key, "reason": error.strerror})
            return
        if pid == 0:
            self._become_child(parent, connection)
        connection.close()
        self._families.add(pid)
        self._tell({"forked": key, "pid": pid})

    def _become_child(self, parent: int, connection: socket.socket) -> None:
        """Turn the forked copy into a render process; never returns."""
        code = 1
        try:
            os.setsid()
            die_with_parent(parent)
            # What a render forks in turn must not outlive it either.
            os.register_at_fork(after_in_child=partial(die_with_parent, os.getpid()))
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            code = render_for(_keep_only(connection), self._render)
        finally:
            os._exit(code)

    def _reap(self) -> None:
        for pid, ended in self._families.reap():
            self._tell(
                {
                    "exited": pid,
                    "status": ended.status,
                    "cpu_s": ended.cpu_s,
                    "rss_kib": ended.rss_kib,
                }
            )

    def _tell(self, message: dict[str, Any]) -> None:
        try:
            self._control.send(json.dumps(message).encode())
        except BrokenPipeError:
            return  # the worker is gone; the closed socket ends the loop


def load_entry(name: str) -> Any:  # noqa: ANN401 -- whatever the name stands for
    """Return the object that ``package.module:attribute`` names."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _count_threads() -> int:
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.is_dir() else 1


def _keep_only(connection: socket.socket) -> socket.socket:
    """Close every descriptor but the standard ones and ``connection``; stdout goes nowhere.

    The worker's own output may be read by a program, and a render has nothing to say there.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.dup2(connection.detach(), _CONNECTION)
    os.closerange(_CONNECTION + 1, os.sysconf("SC_OPEN_MAX"))
    return socket.socket(fileno=_CONNECTION)


def main(control_fd: int, parent_pid: int, render: str, warm_up: str) -> None:
    """Run a zygote on the inherited socket ``control_fd``."""
    die_with_parent(parent_pid)
    adopt_orphans()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control = socket.socket(fileno=control_fd)
    entry = load_entry(render)
    load_entry(warm_up)()
    prepare()
    gc.collect()
    shed()
    gc.freeze()  # keeps the collector from writing to pages that children share
    Zygote(control, entry).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])
