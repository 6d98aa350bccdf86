"""The thread that ends a worker whose loop stands still, and no other."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from preview_worker.events import DefectFound
from preview_worker.worker.watchdog import Stillness, Watchdog
from tests.fakes.observers import Recorder

pytestmark = pytest.mark.anyio


class Exit:
    """Stands in for the end of the process: takes note of the status and wakes the main thread."""

    def __init__(self) -> None:
        """Nobody has left yet."""
        self.status: int | None = None
        self.left = threading.Event()

    def __call__(self, status: int) -> None:
        """Leave."""
        self.status = status
        self.left.set()


def hang(exit_: Exit) -> None:
    """Block until the watchdog bites."""
    assert exit_.left.wait(20)


async def test_a_loop_that_stands_still_ends_the_process() -> None:
    """P14: with status 70 and with the place where it hangs in the log."""
    seen, exit_ = Recorder(), Exit()
    watchdog = Watchdog(seen, stuck_after_s=1.0, leave=exit_)
    watchdog.start()
    begin_s = time.monotonic()
    hang(exit_)
    assert time.monotonic() - begin_s >= 1.0
    assert exit_.status == 70
    [told] = seen.all_of(DefectFound)
    assert told.job_id is None
    assert "stood still for" in told.trace
    assert "in hang" in told.trace


async def test_a_loop_that_spins_ends_the_process() -> None:
    """P14: code that never waits is as bad as code that waits for ever."""
    exit_ = Exit()
    Watchdog(Recorder(), stuck_after_s=1.0, leave=exit_).start()
    deadline_s = time.monotonic() + 20
    while not exit_.left.is_set():
        assert time.monotonic() < deadline_s
    assert exit_.status == 70


async def test_a_log_that_hangs_does_not_keep_the_process() -> None:
    """P14: the loop may stand still because nobody reads the log."""

    class Hanging:
        def observe(self, _: object) -> None:
            threading.Event().wait()

    exit_ = Exit()
    Watchdog(Hanging(), stuck_after_s=0.5, leave=exit_).start()
    hang(exit_)
    assert exit_.status == 70


async def test_a_loop_that_moves_is_left_alone() -> None:
    """P14: also after it stood still for less than it may."""
    exit_ = Exit()
    watchdog = Watchdog(Recorder(), stuck_after_s=1.5, leave=exit_)
    watchdog.start()
    for _ in range(4):
        await asyncio.sleep(0.6)
        time.sleep(0.6)  # noqa: ASYNC251 -- blocking is what is tested
    watchdog.stop()
    assert exit_.status is None


async def test_a_process_that_does_not_end_is_ended() -> None:
    """P14: when the worker is done, whatever still runs is of no use."""
    seen, exit_ = Recorder(), Exit()
    watchdog = Watchdog(seen, end_within_s=1.0, leave=exit_)
    watchdog.start()
    watchdog.expect_end()
    assert await asyncio.to_thread(exit_.left.wait, 20)
    assert "its process does not" in seen.all_of(DefectFound)[0].trace


def test_a_frozen_process_did_not_stand_still() -> None:
    """P7, P14: the watchdog was late by as much, so the loop could not have moved either."""
    stillness = Stillness()
    stillness.note(1, 0.5, 0.0)
    stillness.note(1, 20.0, 0.0)
    assert stillness.counted_s <= 0.5


def test_a_starved_loop_did_not_stand_still() -> None:
    """P14: while it waits for a processor, restarting the worker would only make it worse."""
    stillness = Stillness()
    stillness.note(1, 0.5, 0.0)
    for _ in range(100):
        stillness.note(1, 0.51, 0.49)
    assert stillness.counted_s < 2
    for _ in range(10):
        stillness.note(1, 0.5, 0.0)
    assert stillness.counted_s >= 5


def test_a_beat_ends_the_stillness() -> None:
    """P14: what was counted before is forgotten."""
    stillness = Stillness()
    for beats in (1, 1, 1, 2):
        stillness.note(beats, 0.5, 0.0)
    assert stillness.counted_s == 0
