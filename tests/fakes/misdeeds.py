"""Renders that go too far: what a broken library does by accident, and an attacker on purpose."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any, cast

from preview_worker.contract import PreviewJob, RenderedPreview
from tests.fakes import renders
from tests.fakes.renders import Report, a_preview


def write_one_large_file(_job: object, directory: Path, *_: object) -> RenderedPreview:
    """Write on and on into one file."""
    with (directory / "preview.mp4").open("wb") as file:
        while True:
            file.write(bytes(1 << 20))


def write_many_files(_job: object, directory: Path, *_: object) -> RenderedPreview:
    """Write more than may be written, but not in any one file."""
    for number in range(5):
        (directory / str(number)).write_bytes(bytes(1 << 20))
    return a_preview()


def hoard_memory(*_: object) -> RenderedPreview:
    """Take four gibibytes, and use them."""
    hoard = [bytearray(os.urandom(1 << 20)) for _ in range(4096)]
    return a_preview(str(len(hoard)))


def spin_in_c(*_: object) -> RenderedPreview:
    """Use all CPU without coming back to Python, as a decoder in an endless loop does."""
    sum(itertools.repeat(1))
    raise AssertionError


def daemonise(
    _job: object, directory: Path, _settings: object, report: Report, *_: object
) -> RenderedPreview:
    """Fork twice, so that the grandchild has lost its parent, and end well.

    It is done past Python, as hostile code would, so that no hook of ours is run.
    """
    fork = ctypes.CDLL(None).fork
    reading, writing = os.pipe()
    if fork() == 0:
        if fork() == 0:
            os.write(writing, str(os.getpid()).encode())
            os.close(writing)
            while True:
                signal.pause()
        os._exit(0)
    os.wait()
    (directory / "orphan").write_bytes(os.read(reading, 16))
    report("orphaned", 0.5)
    return a_preview()


def garble(*_: object) -> RenderedPreview:
    """Write what is no message to every descriptor there is."""
    for descriptor in range(3, 16):
        with contextlib.suppress(OSError):
            os.write(descriptor, b"\x00\x00\x00\x04 \xff\xfe\x00")
    return a_preview()


def hang_up(*_: object) -> RenderedPreview:
    """Close the connection and go on as if nothing were."""
    os.closerange(3, 16)
    os._exit(0)


def abort(*_: object) -> RenderedPreview:
    """End as a library does that finds itself in an impossible state."""
    os.abort()


def leave(*_: object) -> RenderedPreview:
    """End with a status of failure."""
    os._exit(1)


def list_descriptors(*_: object) -> RenderedPreview:
    """Return the descriptors that are open as the title."""
    opened = []
    for descriptor in range(256):
        with contextlib.suppress(OSError):
            os.fstat(descriptor)
            opened.append(str(descriptor))
    return a_preview(" ".join(opened))


def fall_asleep(*_: object) -> RenderedPreview:
    """Hear no signal and use no CPU, as a library does that waits for a lock for ever."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    threading.Event().wait()
    raise AssertionError


def wait_for_a_helper_that_spins(*_: object) -> RenderedPreview:
    """Fork a helper that never comes back from a library, and wait for it."""
    if os.fork() == 0:
        spin_in_c()
    os.wait()
    raise AssertionError


def take_its_time(*_: object) -> RenderedPreview:
    """Say nothing by itself for longer than silence is borne, but move."""
    deadline_s = time.monotonic() + 4
    helper = os.fork()
    while time.monotonic() < deadline_s:
        time.sleep(0.01)
    if helper == 0:
        os._exit(0)
    os.wait()
    return a_preview()


def misbehave(job: PreviewJob, *rest: Any) -> RenderedPreview:
    """Do what the job's title names, so that one zygote has children of all kinds."""
    return cast("RenderedPreview", _NAMED[job.request.title or ""](job, *rest))


_NAMED: dict[str, Any] = {**vars(renders), **globals()}
