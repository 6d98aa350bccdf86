"""Phases of an attempt that the worker itself goes through, and how each of them ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from preview_worker.artifacts import FencedError
from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.events import Observer, PhaseEnded, WorkerPhase
from preview_worker.queue import LeaseLostError, QueueUnavailableError


@contextmanager
def observed_phase(observer: Observer, job_id: str, phase: WorkerPhase) -> Iterator[None]:
    """Tell ``observer`` how long what is done within took, and what ended it."""
    began_s = time.monotonic()
    code = None
    try:
        yield
    except BaseException as error:
        code = _code_of(error)
        raise
    finally:
        took_s = time.monotonic() - began_s
        observer.observe(PhaseEnded(job_id=job_id, phase=phase, duration_s=took_s, code=code))


def _code_of(error: BaseException) -> str:
    match error:
        case PreviewError():
            return error.code.code
        case LeaseLostError() | FencedError():
            return "lost"
        case QueueUnavailableError():
            return "unavailable"
        case asyncio.CancelledError():
            return "cancelled"
        case _:
            return ErrorCode.INTERNAL.code
