"""What a crew is seen to do, told by processes of one thread: only from such ones may it fork.

``told_by`` runs one of the functions below in a process of its own and returns what it returned.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render import crew
from preview_worker.render.crew import WorkUnderWay

_PROGRAM = (
    "import json, sys; from tests.unit.render import crews;"
    "print(json.dumps(getattr(crews, sys.argv[1])(*json.loads(sys.argv[2]))))"
)
_ROOT = Path(__file__).parents[3]


def told_by(function: str, *arguments: object) -> Any:
    """Run ``function`` of this module in a process of its own; raise if it fails or hangs."""
    told = subprocess.run(
        [sys.executable, "-c", _PROGRAM, function, json.dumps(arguments)],
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(_ROOT), *filter(None, sys.path)])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _children() -> list[int]:
    listing = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(pid) for pid in listing.read_text().split()]


def _label(number: int) -> bytes:
    """Return the number of the task and who did it, slowest for the first tasks."""
    turns = 200_000 if number < 3 else 10
    for _ in range(turns):
        pass
    return f"{number} {os.getpid()}".encode()


def order(tasks: int, processes: int) -> dict[str, Any]:
    """Return the results' numbers as they came, and how many others did the work."""
    results = [result.decode().split() for result in WorkUnderWay(_label, tasks, processes)]
    makers = {int(pid) for _, pid in results}
    return {
        "numbers": [int(number) for number, _ in results],
        "makers": len(makers),
        "alone": makers == {os.getpid()},
        "children": len(_children()),
    }


def order_beside_a_thread(tasks: int, processes: int) -> dict[str, Any]:
    """Do the same while a thread is there."""
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        return order(tasks, processes)
    finally:
        done.set()
        thread.join()


def order_without_forks(allowed: int) -> dict[str, Any]:
    """Do the same where the system refuses to fork more than ``allowed`` times."""
    forks = iter(range(allowed))
    fork = os.fork

    def refused() -> int:
        if next(forks, None) is None:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        return fork()

    before = _descriptors()
    os.fork = refused
    told = order(12, 3)
    return {**told, "leaked": _descriptors() - before}


def _fail(number: int) -> bytes:
    if number == 4:
        raise PreviewError(ErrorCode.ASSET_TYPE, "It is no picture.")
    return b"fine"


def _meet_a_full_disk(number: int) -> bytes:
    if number == 4:
        raise OSError(errno.ENOSPC, "whatever")
    return b"fine"


def _meet_the_unknown(number: int) -> bytes:
    if number == 4:
        message = "a secret"
        raise ZeroDivisionError(message)
    return b"fine"


def _run_out_of_memory(number: int) -> bytes:
    if number == 4:
        raise MemoryError
    return b"fine"


def _be_killed(number: int) -> bytes:
    if number == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return b"fine"


def _crash(number: int) -> bytes:
    if number == 4:
        signal.signal(signal.SIGSEGV, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGSEGV)
    return b"fine"


def _vanish(number: int) -> bytes:
    if number == 4:
        os._exit(0)
    return b"fine"


def _leave(number: int) -> bytes:
    if number == 4:
        raise SystemExit
    return b"fine"


def failure(work: str) -> dict[str, Any]:
    """Return how a crew of two ends whose fifth task goes wrong, and what it leaves behind."""
    before = _descriptors()
    results: list[bytes] = []
    told: dict[str, Any] = {}
    try:
        results.extend(WorkUnderWay(globals()[f"_{work}"], 9, 2))
    except PreviewError as error:
        told = {"code": error.code.code, "message": error.message}
    except OSError as error:
        told = {"errno": error.errno, "message": error.strerror}
    return {
        **told,
        "results": len(results),
        "children": len(_children()),
        "leaked": _descriptors() - before,
    }


def _go_on_for_ever(number: int) -> bytes:
    if number > 1:
        threading.Event().wait()
    return b"fine"


def begun_unasked() -> dict[str, Any]:
    """Return whether the only task was begun without anybody asking for its result."""
    begun, beginning = os.pipe()

    def work(_: int) -> bytes:
        os.write(beginning, b"!")
        return b""

    results = WorkUnderWay(work, 1, 2)
    told = os.read(begun, 1) == b"!"
    results.close()
    return {"begun": told, "children": len(_children())}


def closed_early() -> dict[str, int]:
    """Return what is left when nobody wants the rest, although the members are busy."""
    before = _descriptors()
    results = WorkUnderWay(_go_on_for_ever, 50, 3)
    next(results)
    busy = len(_children())
    results.close()
    return {"busy": busy, "children": len(_children()), "leaked": _descriptors() - before}


def times_done(tasks: int, processes: int) -> int:
    """Return how often tasks were done until there were results of all of them."""
    told, tell = os.pipe()

    def work(number: int) -> bytes:
        os.write(tell, b".")
        return bytes([number % 256])

    results = WorkUnderWay(work, tasks, processes)
    assert list(results) == [bytes([number % 256]) for number in range(tasks)]
    os.close(tell)
    with os.fdopen(told, "rb") as marks:
        return len(marks.read())


def most_held() -> dict[str, Any]:
    """Return how much is held at most while the first result of many keeps the others waiting."""
    crew.BUFFER_BYTES = 2 << 20
    size, tasks = 1 << 20, 24
    gate, opener = os.pipe()

    def work(number: int) -> bytes:
        if number == 0:
            os.read(gate, 1)
        return bytes([number]) * size

    members = crew._Crew()  # noqa: SLF001 -- whom it listens to is seen from inside alone
    members.hire(work, tasks, 2)
    held = 0
    while held <= crew.BUFFER_BYTES:
        members._receive()  # noqa: SLF001 -- see above
        held = _held(members)
    while len(members._heard()) > 1:  # noqa: SLF001 -- see above
        members._receive()  # noqa: SLF001 -- see above
    heard = len(members._heard())  # noqa: SLF001 -- see above
    os.write(opener, b"!")
    for number, result in enumerate(members.results(tasks)):
        assert result == bytes([number]) * size
        held = max(held, _held(members))
    members.dismiss()
    return {"held": held, "heard": heard}


def _held(members: crew._Crew) -> int:
    return sum(map(len, members._done.values()))  # noqa: SLF001 -- see above


def large_results() -> list[int]:
    """Return the sizes of results far larger than a pipe, checked in every byte."""
    sizes = [3 << 20, 0, 1, 5 << 20, 7, 1 << 16]
    results = WorkUnderWay(lambda number: bytes([number]) * sizes[number], len(sizes), 3)
    return [len(r) if r == bytes([n]) * len(r) else -1 for n, r in enumerate(results)]
