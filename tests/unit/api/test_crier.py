"""What listeners hear: everything once, in order, and not too much."""

from __future__ import annotations

import asyncio

import pytest

from preview_worker.api.crier import Change, Crier

pytestmark = pytest.mark.anyio


async def test_what_changed_first_is_heard_first() -> None:
    """Each change with its place."""
    crier = Crier()
    with crier.listening() as listener:
        for number, job_id in enumerate(("a", "b"), 1):
            crier.tell(Change(f"{number}-0", "job", job_id))

        assert await listener.hear() == [Change("1-0", "job", "a"), Change("2-0", "job", "b")]


async def test_a_job_that_changed_often_is_heard_of_once() -> None:
    """At the place where it stood in line: whoever goes on from there still hears of the others."""
    crier = Crier()
    with crier.listening() as listener:
        crier.tell(Change("1-0", "job", "a"))
        crier.tell(Change("2-0", "job", "b"))
        crier.tell(Change("3-0", "removed", "a", "p"))

        assert await listener.hear() == [
            Change("1-0", "removed", "a", "p"),
            Change("2-0", "job", "b"),
        ]


async def test_a_job_may_be_named_as_a_topic_is() -> None:
    """Ids are chosen by producers."""
    crier = Crier()
    with crier.listening() as listener:
        crier.tell(Change("1-0", "job", "queue"))
        crier.tell(Change("2-0", "queue"))

        heard = await listener.hear()

    assert heard is not None
    assert [change.topic for change in heard] == ["job", "queue"]


async def test_whoever_missed_too_much_hears_that_everything_may_have_changed() -> None:
    """And then of what changed after that."""
    crier = Crier()
    with crier.listening() as listener:
        for number in range(1, 1003):
            crier.tell(Change(f"{number}-0", "job", f"job-{number}"))

        heard = await listener.hear()

    assert heard == [Change("1001-0", "reset"), Change("1002-0", "job", "job-1002")]


async def test_one_job_alone_makes_nobody_miss_anything() -> None:
    """A bar may move as often as it likes."""
    crier = Crier()
    with crier.listening() as listener:
        for number in range(1, 5000):
            crier.tell(Change(f"{number}-0", "job", "a"))

        assert await listener.hear() == [Change("1-0", "job", "a")]


async def test_whoever_listens_to_one_job_is_not_woken_by_another() -> None:
    """Nor by the queue; but everything may have changed for them as well."""
    crier = Crier()
    with crier.listening({"a"}) as listener:
        crier.tell(Change("1-0", "job", "b"))
        crier.tell(Change("2-0", "queue"))
        assert listener.is_waiting

        crier.tell(Change("3-0", "job", "a"))
        assert await listener.hear() == [Change("3-0", "job", "a")]

        crier.tell(Change("4-0", "reset"))
        assert await listener.hear() == [Change("4-0", "reset")]


async def test_changes_in_quick_succession_are_heard_together() -> None:
    """The more listen, the more is gathered, since each has to be told."""
    crier = Crier()
    with crier.listening() as first:
        others = [crier.listening() for _ in range(400)]
        for other in others:
            other.__enter__()
        crier.tell(Change("1-0", "job", "a"))
        assert await first.hear() == [Change("1-0", "job", "a")]

        crier.tell(Change("2-0", "job", "b"))
        await asyncio.sleep(0)  # one turn of the loop is not enough to be told again
        crier.tell(Change("3-0", "job", "c"))

        heard = await first.hear()

    assert heard == [Change("2-0", "job", "b"), Change("3-0", "job", "c")]


async def test_everybody_is_sent_home_at_the_end() -> None:
    """Also whoever comes in just then."""
    crier = Crier()
    with crier.listening() as early:
        crier.dismiss()
        with crier.listening() as late:
            assert await early.hear() is None
            assert await late.hear() is None
    assert len(crier) == 0
