"""A crew does its tasks side by side, in order, and leaves nothing behind however it ends."""

from __future__ import annotations

import sys

import pytest

from preview_worker.contract import ErrorCode
from preview_worker.render.crew import WorkUnderWay
from tests.unit.render.crews import told_by

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="crews are forked on Linux only")


def test_results_come_in_order_whoever_is_first() -> None:
    """The first tasks take longest here, and several processes have a share."""
    told = told_by("order", 40, 3)

    assert told["numbers"] == list(range(40))
    assert 2 <= told["makers"] <= 3
    assert told["children"] == 0


def test_more_tasks_than_a_pipe_would_hold_are_done() -> None:
    """Their list is a file, so that nobody waits for somebody to read it."""
    assert told_by("order", 20_000, 2)["numbers"] == list(range(20_000))


@pytest.mark.parametrize(("tasks", "processes"), [(5, 1), (0, 4)])
def test_one_alone_forks_nobody(tasks: int, processes: int) -> None:
    """What a single process may do is done where it is, and nothing needs nobody."""
    told = told_by("order", tasks, processes)

    assert told["numbers"] == list(range(tasks))
    assert told["alone"] is bool(tasks)


def test_a_single_task_is_done_beside_its_caller() -> None:
    """Who then has time for something else."""
    told = told_by("order", 1, 4)

    assert (told["numbers"], told["alone"]) == ([0], False)


def test_work_begins_before_anybody_asks() -> None:
    """The first result is there although nobody waited for it."""
    assert told_by("begun_unasked") == {"begun": True, "children": 0}


def test_nobody_is_forked_beside_a_thread() -> None:
    """A fork copies locks that the thread may hold."""
    told = told_by("order_beside_a_thread", 6, 3)

    assert (told["alone"], told["numbers"]) == (True, list(range(6)))


@pytest.mark.parametrize(("allowed", "alone"), [(0, True), (1, False), (2, False)])
def test_those_who_could_be_forked_do_the_work(allowed: int, *, alone: bool) -> None:
    """A system that is short of processes makes a render slower, not impossible."""
    told = told_by("order_without_forks", allowed)

    assert told["numbers"] == list(range(12))
    assert told["alone"] is alone
    assert told["makers"] <= max(1, allowed)
    assert (told["leaked"], told["children"]) == (0, 0)


@pytest.mark.parametrize(
    ("work", "code", "message"),
    [
        ("fail", ErrorCode.ASSET_TYPE, "It is no picture."),
        ("run_out_of_memory", ErrorCode.MEMORY, ErrorCode.MEMORY.public_message),
        ("meet_the_unknown", ErrorCode.RENDER, "ZeroDivisionError"),
        ("be_killed", ErrorCode.CHILD_KILLED, "SIGKILL"),
        ("crash", ErrorCode.CRASH, "SIGSEGV"),
        ("vanish", ErrorCode.CRASH, "ended early"),
        ("leave", ErrorCode.CRASH, "in the middle of a task"),
    ],
)
def test_what_goes_wrong_in_a_member_is_told(work: str, code: ErrorCode, message: str) -> None:
    """With its code, after the results that were there before, and with no process left."""
    told = told_by("failure", work)

    assert told["code"] == code.code
    assert message in told["message"]
    assert "secret" not in told["message"]
    assert told["results"] <= 4
    assert (told["children"], told["leaked"]) == (0, 0)


def test_what_the_disk_said_to_a_member_is_said_again() -> None:
    """Its number decides whether another attempt may help, as it would without a crew."""
    told = told_by("failure", "meet_a_full_disk")

    assert (told["errno"], told["message"]) == (28, "No space left on device")
    assert (told["children"], told["leaked"]) == (0, 0)


def test_closing_early_ends_all_members() -> None:
    """Busy ones as well, and no descriptor stays open."""
    assert told_by("closed_early") == {"busy": 3, "children": 0, "leaked": 0}


def test_each_task_is_done_once() -> None:
    """However many ask for the next at the same moment."""
    assert told_by("times_done", 3000, 4) == 3000


def test_results_that_wait_are_bounded() -> None:
    """Beyond the buffer, only the maker of the next result is listened to, and nobody polled."""
    told = told_by("most_held")

    assert told["heard"] == 1
    assert 2 << 20 < told["held"] <= (2 << 20) + 3 * (1 << 20)


def test_results_may_be_larger_than_any_pipe() -> None:
    """They come in pieces, and whole."""
    assert told_by("large_results") == [3 << 20, 0, 1, 5 << 20, 7, 1 << 16]


def test_work_in_this_process_raises_what_it_raises() -> None:
    """Without a crew there is nobody to explain anything."""
    with pytest.raises(ZeroDivisionError):
        list(WorkUnderWay(lambda number: bytes(1 // number), 3, 1))
