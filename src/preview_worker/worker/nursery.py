"""The nursery: the worker's side of the zygote. It asks for children and learns how they ended."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from preview_worker.events import ChildRestarted, Observer
from preview_worker.worker.families import signal_family
from preview_worker.worker.framing import PACKET_BYTES
from preview_worker.worker.offspring import Child, Exit

_READY_TIMEOUT_S = 60.0
"""A zygote that takes longer to load its libraries, or to answer, is stuck."""
_ENVIRONMENT = {
    "PATH": os.defpath,
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "PYTHONUNBUFFERED": "1",
    # Forking needs a single thread; these libraries start one per core when they are imported.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    # Each allocator arena keeps its high-water mark; two are enough for painter and encoder.
    "MALLOC_ARENA_MAX": "2",
    # Pictures are megabytes, and a new process faults in every page of them; make the pages large.
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
"""All that render processes may know of the environment: no secret reaches them."""


class NurseryError(Exception):
    """The zygote could not be started or is gone."""


class RefusedError(NurseryError):
    """The system gave no process or no file descriptor for a child."""

    def __init__(self, reason: str | None) -> None:
        """Tell the system's ``reason``."""
        super().__init__(f"the system refused a render process: {reason}")


class _Birth(NamedTuple):
    """What the zygote tells of a new child, which may have ended before anybody speaks to it."""

    pid: int
    exited: asyncio.Future[Exit]


@dataclass(slots=True)
class _Zygote:
    """A running zygote and what is awaited from it."""

    process: subprocess.Popen[bytes]
    control: socket.socket
    ready: asyncio.Future[int]
    forks: dict[str, asyncio.Future[_Birth]] = field(default_factory=dict)
    exits: dict[int, asyncio.Future[Exit]] = field(default_factory=dict)
    unheeded: set[tuple[int, int]] = field(default_factory=set)
    """Processes and signals that it was told to send and has not said to have sent."""

    def heed(self, message: dict[str, Any]) -> None:
        """Pass on what the zygote said to whoever waits for it."""
        if "ready" in message:
            self.ready.set_result(message["ready"])
        elif "forked" in message:
            exited = asyncio.get_running_loop().create_future()
            self.exits[message["pid"]] = exited
            forked = self.forks.pop(message["forked"])
            if not forked.cancelled():
                forked.set_result(_Birth(message["pid"], exited))
        elif "refused" in message:
            forked = self.forks.pop(message["refused"])
            if not forked.cancelled():
                forked.set_exception(RefusedError(message["reason"]))
        elif "signalled" in message:
            self.unheeded.discard((message["signalled"], message["signal"]))
        elif "exited" in message:
            exit_ = Exit(message["status"], message["cpu_s"], message["rss_kib"])
            self.exits.pop(message["exited"]).set_result(exit_)

    def disown(self, child: Child) -> None:
        """Have ``child`` count as ended, whatever will be told of it."""
        self.exits[child.pid] = asyncio.get_running_loop().create_future()
        child.exited.set_result(Exit(None))

    def end(self) -> None:
        """Kill it with its children, and tell all that waited for it."""
        self.control.close()
        if self.process.poll() is None:  # else they died with it, and their ids may be reused
            for pid in self.exits:
                signal_family(pid, signal.SIGKILL)
            self.process.kill()
        gone = NurseryError("it ended")
        awaited: list[asyncio.Future[Any]] = [self.ready, *self.forks.values()]
        for waiting in awaited:
            if not waiting.done():
                waiting.set_exception(gone)
                waiting.exception()  # nobody may be waiting; that is no error of its own
        for exited in self.exits.values():
            if not exited.done():
                exited.set_result(Exit(None))


class Nursery:
    """Keeps one zygote alive and has it fork children. Entry points are ``module:attribute``."""

    def __init__(
        self,
        render: str = "preview_worker.render:carry_out",
        warm_up: str = "preview_worker.render:warm_up",
        observer: Observer | None = None,
    ) -> None:
        """Have children call ``render``, after the zygote called ``warm_up`` once.

        ``observer`` is told when a zygote had to be started in place of another.
        """
        self._observer = observer
        self._started = False
        self._render = render
        self._warm_up = warm_up
        self._keys = (str(number) for number in itertools.count())
        self._zygote: _Zygote | None = None
        self._starting = asyncio.Lock()
        self._ending: set[asyncio.Future[int]] = set()

    @property
    def zygote_pid(self) -> int | None:
        """The zygote's process id while one runs."""
        return self._zygote.process.pid if self._zygote else None

    async def start(self) -> None:
        """Start the zygote if none runs, and wait until it has the media libraries loaded."""
        async with self._starting:
            if self._zygote is not None:
                return
            zygote = self._launch()
            self._zygote = zygote
            try:
                async with asyncio.timeout(_READY_TIMEOUT_S):
                    threads = await asyncio.shield(zygote.ready)
            except (TimeoutError, NurseryError) as error:
                self._forget(zygote)
                reason = str(error) or "it took too long"
                message = f"the render zygote did not start: {reason}"
                raise NurseryError(message) from None
            except BaseException:
                self._forget(zygote)  # nobody would see whether it ever gets ready
                raise
            if threads != 1:
                self._forget(zygote)
                message = f"the render zygote has {threads} threads; forking needs exactly one"
                raise NurseryError(message)
            if self._started and self._observer is not None:
                self._observer.observe(ChildRestarted(job_id=None, reason="zygote"))
            self._started = True

    async def fork(self) -> Child:
        """Return a fresh child.

        Raises ``NurseryError`` when there is no zygote to be had, and ``RefusedError`` when the
        system has nothing left to make a child of.
        """
        await self.start()
        zygote = self._zygote
        if zygote is None:
            message = "the render zygote ended"
            raise NurseryError(message)
        mine, theirs = _socket_pair(socket.SOCK_STREAM)
        try:
            birth = await self._ask_for_child(zygote, theirs)
            reader, writer = await asyncio.open_unix_connection(sock=mine)
        except BaseException:
            mine.close()  # a child that was forked all the same reads the end of its task, and ends
            raise
        finally:
            theirs.close()
        return Child(birth.pid, reader, writer, birth.exited)

    async def _ask_for_child(self, zygote: _Zygote, connection: socket.socket) -> _Birth:
        key = next(self._keys)
        forked: asyncio.Future[_Birth] = asyncio.get_running_loop().create_future()
        zygote.forks[key] = forked
        order = json.dumps({"fork": key}).encode()
        try:
            socket.send_fds(zygote.control, [order], [connection.fileno()])
            await asyncio.wait([forked], timeout=_READY_TIMEOUT_S)
            if forked.done():
                return forked.result()
            message = "the render zygote does not answer"
        except OSError as error:
            message = f"the render zygote cannot be reached: {error}"
        finally:
            forked.cancel()
        self._forget(zygote)
        raise NurseryError(message)

    def kill(self, child: Child, number: signal.Signals) -> None:
        """Signal the child's process group; nothing happens when it has ended.

        A zygote that takes no more orders is ended, and the child with it.
        """
        zygote = self._zygote
        if zygote is None or child.exited.done():
            return
        order = {"kill": child.pid, "signal": int(number)}
        zygote.unheeded.add((child.pid, number))
        try:
            zygote.control.send(json.dumps(order).encode())
        except OSError:  # it is gone, or it has not read for so long that its socket is full
            self._forget(zygote)

    def let_go(self, child: Child) -> None:
        """Have a child count as ended that was killed and is still there.

        A zygote that did not even pass the signal on is stuck, and ended with all its children.
        """
        zygote = self._zygote
        if zygote is None or child.exited.done():
            return
        if (child.pid, signal.SIGKILL) in zygote.unheeded:
            self._forget(zygote)
        else:  # the system cannot end it now, as while a disk does not answer
            zygote.disown(child)

    async def close(self) -> None:
        """End the zygote and with it every child."""
        if self._zygote is not None:
            self._forget(self._zygote)
        if self._ending:
            await asyncio.wait(self._ending)

    def _launch(self) -> _Zygote:
        mine, theirs = _socket_pair(socket.SOCK_SEQPACKET)
        mine.settimeout(0)
        command = [sys.executable, "-m", "preview_worker.worker.zygote"]
        arguments = [str(theirs.fileno()), str(os.getpid()), self._render, self._warm_up]
        try:
            process = subprocess.Popen(  # noqa: S603 -- our own interpreter and module
                [*command, *arguments],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env={**_ENVIRONMENT, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        except OSError as error:
            mine.close()
            raise RefusedError(error.strerror) from error
        finally:
            theirs.close()
        loop = asyncio.get_running_loop()
        zygote = _Zygote(process, mine, loop.create_future())
        loop.add_reader(mine, self._listen, zygote)
        return zygote

    def _listen(self, zygote: _Zygote) -> None:
        try:
            packet = zygote.control.recv(PACKET_BYTES)
        except BlockingIOError:
            return
        except OSError:
            packet = b""
        if not packet:
            self._forget(zygote)
            return
        zygote.heed(json.loads(packet))

    def _forget(self, zygote: _Zygote) -> None:
        """Drop a zygote: its children die with it, and all that waited for it is told."""
        if self._zygote is zygote:
            self._zygote = None
        if zygote.control.fileno() < 0:
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(zygote.control)
        zygote.end()
        ending = loop.run_in_executor(None, zygote.process.wait)
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)


def _socket_pair(kind: socket.SocketKind) -> tuple[socket.socket, socket.socket]:
    try:
        return socket.socketpair(socket.AF_UNIX, kind)
    except OSError as error:
        raise RefusedError(error.strerror) from error
