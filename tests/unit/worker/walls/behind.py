"""Functions called in a process of their own, behind the real walls or in front of them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from preview_worker.worker.walls import Ceilings, Enclosure, raise_walls

ROOMY = Ceilings(memory_bytes=1 << 30, cpu_s=60, file_bytes=1 << 30)


def an_enclosure(inside: Path, *readable: Path, ceilings: Ceilings = ROOMY) -> Enclosure:
    """Return an enclosure in which ``inside`` may be written."""
    return Enclosure(readable, (inside,), ceilings)


def call_apart(work: Callable[[], Any], enclosure: Enclosure | None = None) -> Any:
    """Return what ``work`` returns, as JSON, in a fork that leads a group; walls first, if any."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            if enclosure is not None:
                raise_walls(enclosure)
            os.write(writing, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        told = answer.read()
    os.waitpid(pid, 0)
    return json.loads(told)


def failure_of(work: Callable[[], Any]) -> int | None:
    """Return the number of the ``OSError`` that ``work`` raises, None when it raises none."""
    try:
        work()
    except OSError as error:
        return error.errno
    return None
