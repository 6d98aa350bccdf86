"""What becomes of a render by what its process said last, or by how it died without a word."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

from preview_worker.contract import ErrorCode, PreviewError, RenderedPreview, read_rendered

if TYPE_CHECKING:
    from preview_worker.worker.offspring import Exit
    from preview_worker.worker.settings import WorkerSettings

_CRASHES = {
    signal.SIGSEGV,
    signal.SIGABRT,
    signal.SIGBUS,
    signal.SIGILL,
    signal.SIGFPE,
    signal.SIGTRAP,
    signal.SIGSYS,
}
_FULL = 0.8
"""Libraries that get no memory end their process; one that had this share of its own crashed so."""


def judge(verdict: dict[str, Any] | None, ended: Exit, settings: WorkerSettings) -> RenderedPreview:
    """Return the preview that the process made; raise ``PreviewError`` when there is none."""
    if verdict is None:
        raise _unexplained(ended, settings)
    if "done" in verdict:
        try:
            return read_rendered(verdict["done"])
        except ValueError as error:
            detail = f"The render process spoke in riddles: {error}."
            raise PreviewError(ErrorCode.PROTOCOL, detail) from None
    try:
        code, message = ErrorCode.of(verdict["error"]), str(verdict["message"])
    except (KeyError, ValueError):
        detail = "The render process gave a reason that nobody knows."
        raise PreviewError(ErrorCode.PROTOCOL, detail) from None
    if code is ErrorCode.CRASH and _was_full(ended, settings):
        raise PreviewError(ErrorCode.MEMORY)
    raise PreviewError(code, message)


def _unexplained(ended: Exit, settings: WorkerSettings) -> PreviewError:
    number = ended.signal_number
    if number in _CRASHES:
        if _was_full(ended, settings):
            return PreviewError(ErrorCode.MEMORY)
        return PreviewError(ErrorCode.CRASH, f"The render process crashed ({ended.description}).")
    if number == signal.SIGXCPU:
        detail = f"The render was stopped after {ended.cpu_s:.1f} s of CPU."
        return PreviewError(ErrorCode.TIMEOUT, detail)
    if number == signal.SIGXFSZ:
        return PreviewError(ErrorCode.OUTPUT)
    if number is not None:
        detail = f"Something outside ended the render process ({ended.description})."
        return PreviewError(ErrorCode.CHILD_KILLED, detail)
    detail = f"The render process ended without a word ({ended.description})."
    return PreviewError(ErrorCode.PROTOCOL, detail)


def _was_full(ended: Exit, settings: WorkerSettings) -> bool:
    return ended.rss_kib * 1024 >= _FULL * settings.memory_max_bytes
