"""The crew: processes that do the heavy work of one render side by side.

Painting holds the interpreter's lock, so threads would not help. A process is forked for each
processor that the render may use; they share one pipe with the numbers of the tasks, and each sends
its results through a pipe of its own. Forking is safe only from a process with a single thread;
with more of them, or where there is no fork, the same work is done one task after the other.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import struct
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from preview_worker.contract import ErrorCode, PreviewError

Work = Callable[[int], bytes]
MOST_TASKS = 8000
"""Numbers that fit into a pipe before anybody reads, four bytes each, with room to spare."""
BUFFER_BYTES = 64 * 1024 * 1024
"""Results that are held because one before them is not there yet; beyond it, their makers wait."""
_NUMBER = struct.Struct("<I")
_HEAD = struct.Struct("<IBI")
_PIECE = 1 << 20
_CRASHES = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE}


def work_through(work: Work, tasks: int, processes: int) -> Iterator[bytes]:
    """Yield ``work(0)``, ``work(1)`` … in order, done by up to ``processes`` processes.

    Raises what ``work`` raises as ``PreviewError``. When the iterator is closed early, its
    processes are ended.
    """
    count = min(processes, tasks)
    if count < 2 or tasks > MOST_TASKS or not _may_fork():  # noqa: PLR2004 -- one works alone
        yield from map(work, range(tasks))
        return
    crew = _Crew(work, tasks, count)
    try:
        yield from crew.results(tasks)
    finally:
        crew.dismiss()


def _may_fork() -> bool:
    threads = Path("/proc/self/task")
    return sys.platform == "linux" and len(list(threads.iterdir())) == 1


@dataclass(slots=True)
class _Member:
    """A process of the crew, as its parent sees it."""

    pid: int
    pipe: int
    received: bytearray = field(default_factory=bytearray)
    ended: bool = False


class _Crew:
    def __init__(self, work: Work, tasks: int, count: int) -> None:
        numbers, feed = os.pipe()
        os.write(feed, b"".join(_NUMBER.pack(number) for number in range(tasks)))
        os.close(feed)
        self._members: list[_Member] = []
        for _ in range(count):
            self._members.append(self._hire(work, numbers))
        os.close(numbers)
        self._selector = selectors.DefaultSelector()
        for member in self._members:
            self._selector.register(member.pipe, selectors.EVENT_READ, member)
        self._done: dict[int, bytes] = {}
        self._next = 0

    def _hire(self, work: Work, numbers: int) -> _Member:
        pipe, end = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                for other in (pipe, *(member.pipe for member in self._members)):
                    os.close(other)
                _serve(work, numbers, end)
            finally:
                os._exit(0)
        os.close(end)
        return _Member(pid, pipe)

    def results(self, tasks: int) -> Iterator[bytes]:
        while self._next < tasks:
            while self._next not in self._done:
                self._receive()
            yield self._done.pop(self._next)
            self._next += 1

    def _receive(self) -> None:
        """Take in what has come. A full buffer leaves the other members waiting."""
        full = sum(map(len, self._done.values())) > BUFFER_BYTES
        for key, _ in self._selector.select():
            member: _Member = key.data
            if full and not self._brings_next(member):
                continue
            piece = os.read(member.pipe, _PIECE)
            if not piece:
                self._selector.unregister(member.pipe)
                _explain_end(member, idle=not member.received)
                if not self._selector.get_map():
                    raise PreviewError(ErrorCode.CRASH, "The render's processes ended early.")
            member.received += piece
            self._unpack(member)

    def _brings_next(self, member: _Member) -> bool:
        """Tell whether what comes from ``member`` may be the result that is waited for.

        Members take tasks in order, so the one that has it sends it before any later one.
        """
        if len(member.received) < _HEAD.size:
            return True
        return bool(_HEAD.unpack_from(member.received)[0] == self._next)

    def _unpack(self, member: _Member) -> None:
        while len(member.received) >= _HEAD.size:
            number, failed, size = _HEAD.unpack_from(member.received)
            stop = _HEAD.size + size
            if len(member.received) < stop:
                return
            content = bytes(member.received[_HEAD.size : stop])
            del member.received[:stop]
            if failed:
                told = json.loads(content)
                raise PreviewError(ErrorCode.of(told["code"]), told["message"])
            self._done[number] = content

    def dismiss(self) -> None:
        """End every member that is still there."""
        for member in self._members:
            os.close(member.pipe)
            if not member.ended:
                os.kill(member.pid, signal.SIGKILL)
                os.waitpid(member.pid, 0)
        self._selector.close()


def _explain_end(member: _Member, *, idle: bool) -> None:
    """Raise unless the member ended because there was nothing left to do."""
    _, status = os.waitpid(member.pid, 0)
    member.ended = True
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        code = ErrorCode.CRASH if number in _CRASHES else ErrorCode.CHILD_KILLED
        reason = f"A process of the render was ended by {signal.Signals(number).name}."
        raise PreviewError(code, reason)
    if not idle:
        raise PreviewError(
            ErrorCode.CRASH, "A process of the render ended in the middle of a word."
        )


def _serve(work: Work, numbers: int, end: int) -> None:
    """Do tasks until there are none; a failure is told, and is the last thing that is."""
    with os.fdopen(end, "wb") as results:
        while packed := os.read(numbers, _NUMBER.size):
            (number,) = _NUMBER.unpack(packed)
            try:
                content, failed = work(number), 0
            except Exception as error:  # noqa: BLE001 -- every failure is told to the parent
                content, failed = _told(error), 1
            results.write(_HEAD.pack(number, failed, len(content)))
            results.write(content)
            results.flush()
            if failed:
                return


def _told(error: Exception) -> bytes:
    if isinstance(error, PreviewError):
        code, message = error.code, error.message
    elif isinstance(error, MemoryError):
        code, message = ErrorCode.MEMORY, ErrorCode.MEMORY.public_message
    else:
        traceback.print_exception(error)
        code = ErrorCode.DISK if isinstance(error, OSError) else ErrorCode.RENDER
        message = f"The renderer met a case that it does not handle ({type(error).__name__})."
    return json.dumps({"code": code.code, "message": message}).encode()
