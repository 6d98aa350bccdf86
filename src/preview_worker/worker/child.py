"""A render process: walls first, then one task in, progress and one verdict out, then the end."""

from __future__ import annotations

import errno
import json
import pickle
import time
import traceback
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render import Obtained
from preview_worker.worker.framing import pack_message, receive_frame
from preview_worker.worker.pulse import Pulse
from preview_worker.worker.walls import Escapes, SandboxError, attempt_escapes, raise_walls

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence

    from preview_worker.contract import RenderedPreview
    from preview_worker.worker.walls import Enclosure

_REPORT_INTERVAL_S = 0.05
_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}


def render_for(connection: socket.socket, render: Callable[..., Any]) -> int:
    """Put up walls, read a task from ``connection``, send the verdict; return the exit code.

    Two frames come from the worker, which is trusted, so they are pickled: the ``Enclosure``, and
    only then, behind the walls, what to do: the arguments of a render, or ``Escapes`` to try. The
    way back is JSON, because what renders hostile input is not trusted.
    """
    enclosure: Enclosure = pickle.loads(receive_frame(connection))  # noqa: S301 -- our own parent
    try:
        standing = raise_walls(enclosure)
        order = pickle.loads(receive_frame(connection))  # noqa: S301 -- our own parent wrote it
        if isinstance(order, Escapes):
            tried = [asdict(attempt) for attempt in attempt_escapes(order)]
            verdict: dict[str, Any] = {"standing": asdict(standing), "tried": tried}
        else:
            verdict = {"done": asdict(_rendered(connection, render, order))}
    except Exception as error:  # noqa: BLE001 -- every failure becomes a verdict
        verdict = _explain(error)
    connection.sendall(pack_message(verdict))
    return 0


def _rendered(
    connection: socket.socket, render: Callable[..., RenderedPreview], order: tuple[Any, ...]
) -> RenderedPreview:
    """Render as ``order`` says, with a pulse for as long as it takes."""
    job, directory, settings, extra, shared = order
    reporter = _Reporter(connection)
    if shared:
        extra = replace(extra, pool=_Pool(connection, reporter))
    pulse = Pulse(reporter.beat)
    pulse.start()
    try:
        return render(job, directory, settings, reporter.report, extra)
    finally:
        pulse.stop()


def _explain(error: Exception) -> dict[str, Any]:
    match error:
        case PreviewError(code=code, message=message):
            return {"error": code.code, "message": message}
        case SandboxError():
            return {"error": ErrorCode.SANDBOX.code, "message": f"{error}."}
        case MemoryError():
            return {"error": ErrorCode.MEMORY.code, "message": ErrorCode.MEMORY.public_message}
        case OSError(errno=errno.EFBIG):
            return {"error": ErrorCode.OUTPUT.code, "message": ErrorCode.OUTPUT.public_message}
        case OSError(errno=number) if number in _DISK_ERRORS:
            return {"error": ErrorCode.DISK.code, "message": f"The disk said: {error.strerror}."}
        case _:
            traceback.print_exception(error)
            message = f"The renderer met a case that it does not handle ({type(error).__name__})."
            return {"error": ErrorCode.RENDER.code, "message": message}


@dataclass(slots=True)
class _Reporter:
    """Sends progress, but not more often than anybody could watch, and the beats between."""

    connection: socket.socket
    phase: str = ""
    due_at_s: float = 0.0
    speaking: bool = False

    def report(self, phase: str, fraction: float) -> None:
        now_s = time.monotonic()
        if phase == self.phase and now_s < self.due_at_s:
            return
        self.phase, self.due_at_s = phase, now_s + _REPORT_INTERVAL_S
        self.say({"phase": phase, "fraction": fraction})

    def beat(self, cpu_s: float) -> None:
        """Tell of life. It is called in the midst of anything, so also of another message."""
        if not self.speaking:
            self.say({"beat": cpu_s})

    def say(self, message: dict[str, Any]) -> None:
        """Send a message whole; a beat that comes in its midst is left out."""
        self.speaking = True
        try:
            self.connection.sendall(pack_message(message))
        finally:
            self.speaking = False


@dataclass(frozen=True, slots=True)
class _Pool:
    """Asks the worker for what others filmed, and tells it what was filmed here."""

    connection: socket.socket
    reporter: _Reporter

    def obtain(self, keys: Sequence[str], most: int) -> Obtained:
        self.reporter.say({"obtain": list(keys), "most": most})
        answer = json.loads(receive_frame(self.connection))
        return Obtained(tuple(answer["brought"]), tuple(answer["ours"]))

    def find(self, keys: Sequence[str]) -> frozenset[str]:
        self.reporter.say({"find": list(keys)})
        answer = json.loads(receive_frame(self.connection))
        if not answer["known"]:
            raise PreviewError(ErrorCode.STORAGE)
        return frozenset(answer["brought"])

    def offer(self, key: str) -> None:
        self.reporter.say({"offer": key})
