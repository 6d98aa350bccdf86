"""The crew: processes that do the heavy work of one render side by side.

Painting holds the interpreter's lock, so threads would not help. A process is forked for each
processor that the render may use; they pass on the number of the next task, and each sends its
results through a pipe of its own. Forking is safe only from a process with a single thread; with
more of them, or where there is no fork, the same work is done one task after the other.
"""

from __future__ import annotations

import json
import os
import select
import signal
import struct
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from preview_worker.contract import ErrorCode, PreviewError

Work = Callable[[int], bytes]
BUFFER_BYTES = 64 * 1024 * 1024
"""Results that are held because one before them is not there yet; beyond it, their makers wait."""
_NUMBER = struct.Struct("<I")
_HEAD = struct.Struct("<IBI")
_PIECE = 1 << 20
_ALONE = 3
_CRASHES = ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP", "SIGSYS")
_ENDS = {
    **{getattr(signal, name, None): ErrorCode.CRASH for name in _CRASHES},
    getattr(signal, "SIGXCPU", None): ErrorCode.TIMEOUT,
}
"""What the signal that ended a process stands for; any other came from outside."""


class WorkUnderWay(Iterator[bytes]):
    """The results of ``work(0)``, ``work(1)`` … in that order, while a crew makes those to come.

    Up to ``processes`` processes work while the caller does something else; where there can be no
    other process, each task is done when its result is asked for. The iterator raises the
    ``PreviewError`` or ``OSError`` that ``work`` raises; what else goes wrong in another process is
    told as ``PreviewError``. Somebody who stops asking has to close it.
    """

    def __init__(self, work: Work, tasks: int, processes: int) -> None:
        """Put up to ``processes`` processes to work, if there can be two at once."""
        self._crew = _Crew()
        self._results: Iterator[bytes] = map(work, range(tasks))
        count = min(processes, tasks) if processes > 1 and _may_fork() else 0
        if count and self._crew.hire(work, tasks, count):
            self._results = self._crew.results(tasks)

    def __next__(self) -> bytes:
        """Return the next result; when there is none, or it failed, the crew is dismissed."""
        try:
            return next(self._results)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End all processes that are still at work. Safe to call twice."""
        self._crew.dismiss()


def _may_fork() -> bool:
    # Counted by its links, one for each thread and two more: behind walls it cannot be listed.
    return sys.platform == "linux" and Path("/proc/self/task").stat().st_nlink == _ALONE


@dataclass(slots=True)
class _Member:
    """A process of the crew, as its parent sees it."""

    pid: int
    pipe: int
    received: bytearray = field(default_factory=bytearray)
    ended: bool = False


class _Line(Iterator[int]):
    """The numbers of the tasks, each of which one process gets, whoever asks.

    A pipe holds the next number. Who takes it out puts back the one after it, and until then nobody
    else finds any. (Processes that read one file by a shared position may both get the same number:
    Linux guards the positions of plain files, but not those of files in memory.)
    """

    def __init__(self, tasks: int) -> None:
        """Begin at 0, and end before ``tasks``."""
        self._tasks = tasks
        self._taking, self._giving = os.pipe()
        os.write(self._giving, _NUMBER.pack(0))

    def __next__(self) -> int:
        """Take the next number."""
        (number,) = _NUMBER.unpack(os.read(self._taking, _NUMBER.size))
        os.write(self._giving, _NUMBER.pack(min(number + 1, self._tasks)))
        if number == self._tasks:
            raise StopIteration
        return int(number)

    def close(self) -> None:
        """Leave the line to the processes that were forked since."""
        os.close(self._taking)
        os.close(self._giving)


class _Crew:
    def __init__(self) -> None:
        self._members: list[_Member] = []
        self._done: dict[int, bytes] = {}
        self._next = 0

    def hire(self, work: Work, tasks: int, count: int) -> int:
        """Fork up to ``count`` members; return how many the system allowed."""
        line = _Line(tasks)
        try:
            for _ in range(count):
                self._members.append(self._hire_one(work, line))
        except OSError:
            pass  # those who are there do the work of those who could not come
        finally:
            line.close()
        return len(self._members)

    def _hire_one(self, work: Work, line: _Line) -> _Member:
        pipe, end = os.pipe()
        try:
            pid = os.fork()
        except OSError:
            os.close(pipe)
            raise
        else:
            if pid == 0:
                self._become_member(work, line, end, pipe)
        finally:
            os.close(end)
        return _Member(pid, pipe)

    def _become_member(self, work: Work, line: _Line, end: int, mine_no_more: int) -> None:
        """Work in the forked copy; never returns."""
        status = 1
        try:
            for other in (mine_no_more, *(member.pipe for member in self._members)):
                os.close(other)
            _serve(work, line, end)
            status = 0
        finally:
            os._exit(status)

    def results(self, tasks: int) -> Iterator[bytes]:
        while self._next < tasks:
            while self._next not in self._done:
                self._receive()
            yield self._done.pop(self._next)
            self._next += 1

    def _receive(self) -> None:
        """Take in what has come."""
        heard = {member.pipe: member for member in self._heard()}
        if not heard:
            raise PreviewError(ErrorCode.CRASH, "The render's processes ended early.")
        poll = select.poll()
        for pipe in heard:
            poll.register(pipe, select.POLLIN)
        for pipe, _ in poll.poll():
            self._hear(heard[pipe])

    def _heard(self) -> list[_Member]:
        """Return the members to listen to. A full buffer leaves the others waiting."""
        full = sum(map(len, self._done.values())) > BUFFER_BYTES
        present = (member for member in self._members if not member.ended)
        return [member for member in present if not full or self._brings_next(member)]

    def _hear(self, member: _Member) -> None:
        piece = os.read(member.pipe, _PIECE)
        if not piece:
            _explain_end(member)
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
                _raise_told(json.loads(content))
            self._done[number] = content

    def dismiss(self) -> None:
        """End every member that is still there. Safe to call twice."""
        while self._members:
            member = self._members.pop()
            os.close(member.pipe)
            if member.ended:
                continue
            try:
                os.kill(member.pid, signal.SIGKILL)
            except PermissionError:
                continue  # walls without Landlock's scopes allow no signals; it dies with us
            os.waitpid(member.pid, 0)


def _explain_end(member: _Member) -> None:
    """Raise unless the member ended because there was nothing left to do."""
    _, status = os.waitpid(member.pid, 0)
    member.ended = True
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        code = _ENDS.get(number, ErrorCode.CHILD_KILLED)
        reason = f"A process of the render was ended by {signal.Signals(number).name}."
        raise PreviewError(code, reason)
    if status or member.received:
        raise PreviewError(
            ErrorCode.CRASH, "A process of the render ended in the middle of a task."
        )


def _serve(work: Work, line: _Line, end: int) -> None:
    """Do tasks until there are none; a failure is told, and is the last thing that is."""
    with os.fdopen(end, "wb") as results:
        for number in line:
            try:
                content, failed = work(number), 0
            except Exception as error:  # noqa: BLE001 -- every failure is told to the parent
                content, failed = json.dumps(_told(error)).encode(), 1
            results.write(_HEAD.pack(number, failed, len(content)))
            results.write(content)
            results.flush()
            if failed:
                return


def _told(error: Exception) -> dict[str, Any]:
    match error:
        case PreviewError(code=code, message=message):
            return {"code": code.code, "message": message}
        case MemoryError():
            code = ErrorCode.MEMORY
            return {"code": code.code, "message": code.public_message}
        case OSError(errno=int(number)):
            return {"errno": number}
        case _:
            traceback.print_exception(error)
            message = f"The renderer met a case that it does not handle ({type(error).__name__})."
            return {"code": ErrorCode.RENDER.code, "message": message}


def _raise_told(told: dict[str, Any]) -> None:
    if "errno" in told:
        raise OSError(told["errno"], os.strerror(told["errno"]))
    raise PreviewError(ErrorCode.of(told["code"]), told["message"])
