"""The watchdog: a thread that ends a worker which cannot keep its promises any more.

A worker whose event loop stands still renews no lock, answers no probe and hands nothing back, and
would go on like that for ever. Its jobs are better off with others, so the process ends.

Time counts as standing still only when the loop could have moved. A process that was frozen, or a
machine that has no processor to spare, makes this thread late as well, or has the main thread wait
for a processor, which the kernel counts: neither is the loop's fault, and a new process would fare
no better. A call into C that never lets the interpreter go keeps this thread from running too; such
a worker is left to whoever probes it.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from preview_worker.events import DefectFound, Observer

EXIT_STATUS = 70
"""``EX_SOFTWARE``, as for every defect of the worker itself."""
_LOOK_S = 0.5
_LAST_WORDS_S = 1.0
"""How long the log may take; what the loop hangs on may be the log itself."""


class Stillness:
    """How long the loop stood still although it could have moved. Pure: it is told everything."""

    def __init__(self) -> None:
        """Begin with a loop that moves."""
        self._beats = -1
        self.counted_s = 0.0

    def note(self, beats: int, elapsed_s: float, waited_s: float) -> None:
        """Take note of a look: the loop's beats so far, and how long ago the last look was.

        ``waited_s`` is how long the main thread waited for a processor since then.
        """
        if beats != self._beats:
            self._beats, self.counted_s = beats, 0.0
        else:
            self.counted_s += max(0.0, min(elapsed_s, _LOOK_S) - waited_s)


class Watchdog:
    """Watches the running event loop from ``start`` until ``stop``."""

    def __init__(
        self,
        observer: Observer,
        *,
        stuck_after_s: float = 5.0,
        end_within_s: float = 10.0,
        leave: Callable[[int], object] = os._exit,
    ) -> None:
        """Tell ``observer`` before ``leave`` is called with the exit status.

        A loop may stand still for ``stuck_after_s``; once its end is expected, the process may
        take ``end_within_s`` for it.
        """
        self._observer = observer
        self._stuck_after_s = stuck_after_s
        self._end_within_s = end_within_s
        self._leave = leave
        self._beats = 0
        self._ending_s: float | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin to watch the loop that runs in this thread."""
        self._main = threading.current_thread()
        self._beat(asyncio.get_running_loop())
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def expect_end(self) -> None:
        """Have the process end soon: nothing is left for it to do."""
        self._ending_s = 0.0

    def stop(self) -> None:
        """Watch no more. Safe to call twice."""
        self._stopped.set()

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        self._beats += 1
        if not self._stopped.is_set():
            loop.call_later(_LOOK_S, self._beat, loop)

    def _watch(self) -> None:
        stillness = Stillness()
        looked_at_s, waited_s = time.monotonic(), _waited_s(self._main.native_id)
        while not self._stopped.wait(_LOOK_S):
            now_s, now_waited_s = time.monotonic(), _waited_s(self._main.native_id)
            elapsed_s = now_s - looked_at_s
            stillness.note(self._beats, elapsed_s, now_waited_s - waited_s)
            looked_at_s, waited_s = now_s, now_waited_s
            if self._ending_s is not None:
                self._ending_s += min(elapsed_s, _LOOK_S)
                if self._ending_s >= self._end_within_s:
                    self._end("The worker has ended, but its process does not")
            elif stillness.counted_s >= self._stuck_after_s:
                self._end(f"The event loop has stood still for {stillness.counted_s:.1f} s")

    def _end(self, reason: str) -> None:
        self._stopped.set()
        frame = sys._current_frames().get(self._main.ident or 0)  # noqa: SLF001 -- no other way
        stack = "".join(traceback.format_stack(frame)) if frame else ""
        event = DefectFound(job_id=None, trace=f"{reason}. The main thread is at\n{stack}")
        telling = threading.Thread(target=self._observer.observe, args=(event,), daemon=True)
        telling.start()
        telling.join(_LAST_WORDS_S)
        self._leave(EXIT_STATUS)


def _waited_s(thread_id: int | None) -> float:
    """Return how long a thread has waited for a processor in its life; 0 where nobody tells."""
    try:
        told = Path(f"/proc/self/task/{thread_id}/schedstat").read_text(encoding="ascii")
        return int(told.split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
