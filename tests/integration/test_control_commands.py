"""``cancel`` and ``queue …``: what they do to a real queue, print, and end with."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from preview_worker.cli import main
from preview_worker.cli.console import Exit
from preview_worker.queue import Failed, JobRequest, JobState, QueueSettings
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.producer import BullProducer
from tests.redis_server import leased

Command = Callable[..., tuple[int, Any]]


@pytest.fixture
def command(
    queue_settings: QueueSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """Run a command on the test's queue; return its status and the JSON that it printed."""
    monkeypatch.setenv("REDIS_URL", queue_settings.redis_url)
    monkeypatch.setenv("PREVIEW_QUEUE_NAME", queue_settings.queue_name)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    def run(*arguments: str) -> tuple[int, Any]:
        capsys.readouterr()
        status = main([*arguments, "--json"])
        printed = capsys.readouterr().out
        return status, json.loads(printed) if printed else None

    return run


def add(settings: QueueSettings, *job_ids: str, priority: int = 0, delay_ms: int = 0) -> None:
    """Add jobs under the ids."""

    async def run() -> None:
        producer = BullProducer(settings)
        for job_id in job_ids:
            request = JobRequest({}, job_id=job_id, priority=priority, delay_ms=delay_ms)
            await producer.add(request)
        await producer.close()

    asyncio.run(run())


def lease(settings: QueueSettings, *, fail: bool = False) -> None:
    """Lease the next job as a worker that is never heard of again, or fail it."""

    async def run() -> None:
        queue = BullQueue(settings)
        job = await leased(queue)
        if fail:
            await queue.settle(job, Failed("permanent.test", "it broke"))
        await queue.close()

    asyncio.run(run())


def state_of(settings: QueueSettings, job_id: str) -> tuple[JobState, str | None] | None:
    """Return a job's state and why it failed; None when there is none."""

    async def run() -> tuple[JobState, str | None] | None:
        producer = BullProducer(settings)
        status = await producer.status(job_id)
        await producer.close()
        return None if status is None else (status.state, status.failed_reason)

    return asyncio.run(run())


def test_a_waiting_job_is_cancelled(command: Command, queue_settings: QueueSettings) -> None:
    """It is failed by the command itself."""
    add(queue_settings, "a")
    assert command("cancel", "a", "--reason", "a typo") == (
        Exit.DONE,
        {"jobId": "a", "status": "cancelled", "reason": "a typo"},
    )
    assert state_of(queue_settings, "a") == (JobState.FAILED, "a typo")


def test_cancelling_a_running_job_is_a_request(
    command: Command, queue_settings: QueueSettings
) -> None:
    """Its worker does the rest."""
    add(queue_settings, "a")
    lease(queue_settings)
    status, told = command("cancel", "a")
    assert (status, told["status"]) == (Exit.DONE, "requested")


def test_what_cannot_be_cancelled_is_told(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """With one line and status 1."""
    assert command("cancel", "nobody") == (Exit.FAILED, None)
    assert main(["cancel", "nobody"]) == Exit.FAILED
    assert "Job nobody not found" in capsys.readouterr().err


def test_counts_show_states_pause_and_limits(
    command: Command, queue_settings: QueueSettings
) -> None:
    """Everything that holds jobs back stands beside the numbers."""
    add(queue_settings, "a", "b")
    add(queue_settings, "c", priority=1)
    command("queue", "pause")
    command("queue", "concurrency", "3")
    command("queue", "rate-limit", "10", "1m")
    status, told = command("queue", "counts")
    assert status == Exit.DONE
    assert (told["waiting"], told["prioritized"], told["paused"]) == (2, 1, True)
    assert told["concurrency"] == 3
    assert told["rate_limit"] == {"max_jobs": 10, "window_ms": 60_000}


def test_counts_read_well(
    command: Command, queue_settings: QueueSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    """For people there is one line for each."""
    del command
    add(queue_settings, "a")
    assert main(["queue", "counts"]) == Exit.DONE
    lines = capsys.readouterr().out.splitlines()
    assert "waiting           1" in lines
    assert "concurrency       no limit" in lines


def test_resuming_undoes_a_pause(command: Command) -> None:
    """And says so."""
    assert command("queue", "pause") == (Exit.DONE, {"paused": True})
    assert command("queue", "resume") == (Exit.DONE, {"paused": False})
    assert command("queue", "counts")[1]["paused"] is False


def test_draining_tells_how_many_went(command: Command, queue_settings: QueueSettings) -> None:
    """Delayed jobs go only when that is said."""
    add(queue_settings, "a", "b")
    add(queue_settings, "later", delay_ms=60_000)
    assert command("queue", "drain") == (Exit.DONE, {"removed": 2})
    assert command("queue", "drain", "--delayed") == (Exit.DONE, {"removed": 1})


def test_cleaning_tells_which_went(command: Command, queue_settings: QueueSettings) -> None:
    """Of one state, older than the span."""
    add(queue_settings, "a")
    lease(queue_settings, fail=True)
    assert command("queue", "clean", "failed", "--older-than", "1h") == (0, {"removed": []})
    assert command("queue", "clean", "failed", "--limit", "5") == (0, {"removed": ["a"]})


def test_obliterating_wants_the_name(command: Command, queue_settings: QueueSettings) -> None:
    """Another name, or none where nobody can be asked, removes nothing."""
    add(queue_settings, "a")
    assert command("queue", "obliterate") == (Exit.INVALID, None)
    assert command("queue", "obliterate", "--yes-obliterate", "other") == (Exit.INVALID, None)
    assert state_of(queue_settings, "a") is not None
    name = queue_settings.queue_name
    told = command("queue", "obliterate", "--yes-obliterate", name)
    assert told == (Exit.DONE, {"obliterated": name})
    assert state_of(queue_settings, "a") is None


@pytest.mark.parametrize("typed", ["", "other"])
def test_obliterating_asks_for_the_name_on_a_terminal(
    command: Command, queue_settings: QueueSettings, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    """A wrong answer removes nothing, the right one does it."""
    add(queue_settings, "a")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.prompt", lambda *_, **__: typed)
    assert command("queue", "obliterate")[0] == Exit.INVALID
    monkeypatch.setattr("click.prompt", lambda *_, **__: queue_settings.queue_name)
    assert command("queue", "obliterate")[0] == Exit.DONE
    assert state_of(queue_settings, "a") is None


def test_running_jobs_are_obliterated_by_force_only(
    command: Command, queue_settings: QueueSettings
) -> None:
    """Without it the command fails and says what to do."""
    add(queue_settings, "a")
    lease(queue_settings)
    confirmed = ("queue", "obliterate", "--yes-obliterate", queue_settings.queue_name)
    assert command(*confirmed)[0] == Exit.FAILED
    assert command(*confirmed, "--force")[0] == Exit.DONE


def test_jobs_are_retried_by_name_or_all(command: Command, queue_settings: QueueSettings) -> None:
    """Those that cannot be are told, and make the command fail."""
    add(queue_settings, "a", "b", "c")
    for _ in range(3):
        lease(queue_settings, fail=True)
    assert command("queue", "retry", "a", "--fresh") == (0, {"retried": ["a"], "refused": {}})
    status, told = command("queue", "retry", "b", "nobody")
    assert (status, told["retried"]) == (Exit.FAILED, ["b"])
    assert told["refused"] == {"nobody": "Job nobody not found"}
    assert command("queue", "retry", "--all") == (0, {"retried": 1})


def test_jobs_are_promoted_by_name_or_all(command: Command, queue_settings: QueueSettings) -> None:
    """They wait at once."""
    add(queue_settings, "a", "b", "c", delay_ms=60_000)
    assert command("queue", "promote", "a") == (0, {"promoted": ["a"], "refused": {}})
    assert command("queue", "promote", "--all", "--limit", "1") == (0, {"promoted": 1})
    assert command("queue", "counts")[1]["delayed"] == 1


def test_limits_are_set_shown_and_lifted(command: Command) -> None:
    """Without a number the command only tells."""
    none = {"concurrency": None, "rate_limit": None}
    assert command("queue", "concurrency", "2")[1] == none | {"concurrency": 2}
    assert command("queue", "concurrency")[1] == none | {"concurrency": 2}
    assert command("queue", "concurrency", "off")[1] == none
    rate = {"max_jobs": 5, "window_ms": 500}
    assert command("queue", "rate-limit", "5", "500ms")[1] == none | {"rate_limit": rate}
    assert command("queue", "rate-limit")[1] == none | {"rate_limit": rate}
    assert command("queue", "rate-limit", "off")[1] == none


@pytest.mark.parametrize(
    "arguments",
    [
        ("retry",),
        ("retry", "a", "--all"),
        ("concurrency", "0"),
        ("rate-limit", "5"),
        ("rate-limit", "5", "soon"),
        ("clean", "active"),
    ],
)
def test_usage_that_makes_no_sense_is_refused(command: Command, arguments: tuple[str, ...]) -> None:
    """With status 2, and nothing is done."""
    assert command("queue", *arguments) == (Exit.INVALID, None)


def test_a_queue_that_is_away_ends_a_command_with_69(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with every command that needs a service."""
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    assert command("queue", "counts") == (Exit.UNAVAILABLE, None)
