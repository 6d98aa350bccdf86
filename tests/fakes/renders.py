"""Stand-ins for the renderer, run in real child processes to see how the worker takes them."""

from __future__ import annotations

import errno
import importlib
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from preview_worker.contract import (
    ErrorCode,
    PreviewError,
    PreviewJob,
    RenderedFile,
    RenderedPreview,
)
from preview_worker.worker.walls import landlock

Report = Callable[[str, float], None]


def warm_up() -> None:
    """Load nothing but what a task is made of."""
    importlib.import_module("preview_worker.render")


def warm_up_with_a_thread() -> None:
    """Start a thread that never ends, as some libraries do when they are imported."""
    threading.Thread(target=threading.Event().wait, daemon=True).start()


def a_preview(title: str = "Lighthouse Keepers") -> RenderedPreview:
    """Return a preview of one small file."""
    return RenderedPreview(
        title=title,
        dry_run=True,
        files=(RenderedFile("plan.json", "plan", "application/json"),),
        media=None,
        width_px=320,
        height_px=180,
        fps="30/1",
        frames=90,
        scenes=(),
        cues=0,
        shots=3,
        reused_shots=1,
    )


def succeed(
    job: PreviewJob, directory: Path, _settings: object, report: Report, *_: object
) -> RenderedPreview:
    """Write a file and report progress, as a render does."""
    report("paint", 0.5)
    (directory / "plan.json").write_text("{}")
    report("probe", 1.0)
    return a_preview(job.request.title or "")


def tell_environment(*_: object) -> RenderedPreview:
    """Return the names of all environment variables as the title."""
    return a_preview(" ".join(sorted(os.environ)))


def refuse(*_: object) -> RenderedPreview:
    """Find the payload at fault."""
    raise PreviewError(ErrorCode.ASSET_MISSING, "steps[0]: board.png does not exist.")


def stumble(*_: object) -> RenderedPreview:
    """Meet a case that nobody thought of."""
    message = "secret detail"
    raise ZeroDivisionError(message)


def fill_the_disk(*_: object) -> RenderedPreview:
    """Find no room on the disk."""
    raise OSError(errno.ENOSPC, "No space left on device")


def exhaust_memory(*_: object) -> RenderedPreview:
    """Find no memory."""
    raise MemoryError


def crash(*_: object) -> RenderedPreview:
    """Crash as a decoder does on bad input."""
    signal.signal(signal.SIGSEGV, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError


def be_killed(*_: object) -> RenderedPreview:
    """Be killed by something outside."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def vanish(*_: object) -> RenderedPreview:
    """End without a word."""
    os._exit(0)


def hang(
    _job: object, _directory: object, _settings: object, report: Report, *_: object
) -> RenderedPreview:
    """Report once, then wait for ever and ignore polite requests to end."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    report("stuck", 0.25)
    threading.Event().wait()
    raise AssertionError


def spin(
    _job: object, _directory: object, _settings: object, report: Report, *_: object
) -> RenderedPreview:
    """Report once, then use all CPU for ever."""
    report("stuck", 0.25)
    while True:
        pass


def leave_a_grandchild(
    _job: object, directory: Path, _settings: object, report: Report, *_: object
) -> RenderedPreview:
    """Fork a process of its own, write down its id, and hang."""
    pid = os.fork()
    if pid == 0:
        threading.Event().wait()
    (directory / "grandchild").write_text(str(pid))
    return hang(None, None, None, report)


def shout(
    _job: object, _directory: object, _settings: object, report: Report, *_: object
) -> RenderedPreview:
    """Send a message longer than any message may be."""
    report("x" * 2_000_000, 0.5)
    raise AssertionError


@dataclass(frozen=True)
class Nonsense:
    """Not a preview."""

    title: int = 3


def misdescribe(*_: object) -> Nonsense:
    """Return something that is no preview."""
    return Nonsense()


def invent_a_code(*_: object) -> RenderedPreview:
    """Give a reason that is not on the list."""
    error = PreviewError(ErrorCode.RENDER)
    error.code = _Invented()  # type: ignore[assignment] # a child may send any text
    raise error


class _Invented:
    code = "transient.gremlins"


def lose_landlock() -> None:
    """Make the zygote believe, and so all children, that the kernel knows nothing of Landlock."""
    warm_up()
    landlock.version = lambda: 0


def pretend_landlock() -> None:
    """Make the zygote believe that files are confined when they are not."""
    warm_up()
    landlock.restrict = lambda *_: None
