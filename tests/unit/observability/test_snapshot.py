"""A snapshot never makes its reader wait for long, and asks no more than it must."""

from __future__ import annotations

import asyncio
import math
import time

import pytest

from preview_worker.observability import HealthSettings, Snapshot
from tests.unit.observability.happenings import Clock, Counts, FakeQueue, snapshot_of

pytestmark = pytest.mark.anyio


async def test_an_answer_is_there_after_the_first_refresh() -> None:
    """A queue that answers at once is heard at once."""
    snapshot = snapshot_of(FakeQueue(), Clock())
    await snapshot.refresh()

    assert (snapshot.value, snapshot.error, snapshot.age_s) == (Counts(), None, 0)


async def test_before_the_first_answer_the_age_is_infinite() -> None:
    """Nobody can take it for fresh."""
    assert snapshot_of(FakeQueue(), Clock()).age_s == math.inf


async def test_a_fresh_answer_is_used_again() -> None:
    """A storm of probes is one question."""
    queue, clock = FakeQueue(), Clock()
    snapshot = snapshot_of(queue, clock)
    for _ in range(10):
        await snapshot.refresh()
    clock.now_s += 1
    await snapshot.refresh()

    assert queue.asked == 2


async def test_a_silent_queue_is_not_waited_for() -> None:
    """The reader goes on after a few hundredths of a second, and asks once only."""
    queue = FakeQueue(silent=True)
    snapshot = snapshot_of(queue, Clock())
    begun = time.monotonic()
    await asyncio.gather(*(snapshot.refresh() for _ in range(20)))

    assert time.monotonic() - begun < 0.5
    assert queue.asked == 1
    await snapshot.close()


async def test_the_last_answer_stays_while_a_new_one_is_awaited() -> None:
    """It grows older, and says so."""
    queue, clock = FakeQueue(), Clock()
    snapshot = snapshot_of(queue, clock)
    await snapshot.refresh()
    queue.silent = True
    clock.now_s += 7
    await snapshot.refresh()

    assert (snapshot.value, snapshot.age_s) == (Counts(), 7)
    await snapshot.close()


async def test_an_error_is_kept_without_its_secrets() -> None:
    """The reason is shown to people who may not know the password."""
    queue = FakeQueue(error=OSError("cannot reach redis://u:hunter2@h"))
    snapshot = snapshot_of(queue, Clock())
    await snapshot.refresh()

    assert snapshot.error == "cannot reach redis://u:***@h"


async def test_an_error_is_over_with_the_next_answer() -> None:
    """A queue that came back is well again."""
    queue, clock = FakeQueue(error=OSError("away")), Clock()
    snapshot = snapshot_of(queue, clock)
    await snapshot.refresh()
    queue.error = None
    clock.now_s += 1
    await snapshot.refresh()

    assert (snapshot.value, snapshot.error) == (Counts(), None)


async def test_a_question_without_answer_ends_at_its_timeout() -> None:
    """Otherwise a lost connection would never be tried again."""
    settings = HealthSettings(ask_timeout_s=0.02, answer_within_s=1)
    snapshot = Snapshot(FakeQueue(silent=True).counts, settings)
    await snapshot.refresh()

    assert snapshot.error == "no answer within 0.02 s"


async def test_closing_twice_does_no_harm() -> None:
    """Shutdown may come from two sides, before and after a question."""
    snapshot = snapshot_of(FakeQueue(silent=True), Clock())
    await snapshot.close()
    await snapshot.refresh()
    await snapshot.close()
    await snapshot.close()


async def test_an_answer_is_timed_whether_it_is_good_or_not() -> None:
    """A question that fails slowly is slow, too."""
    clock = Clock()
    answers: list[int | OSError] = [7, OSError("away")]

    async def ask() -> int:
        clock.now_s += 0.25
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    snapshot = Snapshot(ask, HealthSettings(), clock)
    await snapshot.refresh()
    assert (snapshot.value, snapshot.took_s) == (7, 0.25)
    clock.now_s += 2
    await snapshot.refresh()
    assert (snapshot.error, snapshot.took_s) == ("away", 0.25)
