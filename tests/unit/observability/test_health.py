"""Alive depends on the worker alone; ready depends on all that a job needs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from preview_worker import events
from preview_worker.observability import HealthMonitor, HealthSettings, Snapshot, Vitals
from tests.unit.observability.happenings import Clock, FakeQueue, snapshot_of

pytestmark = pytest.mark.anyio

STARTED = events.WorkerStarted(queue="preview-jobs", concurrency=2, version="0.1.0")
DRAINING = events.WorkerDraining(active=1, grace_s=25.0)
URL = "redis://user:hunter2@redis:6379/0"


class Ward:
    """A monitor with everything that it watches at hand."""

    def __init__(self) -> None:
        """Start with a worker that runs and a queue that answers."""
        self.queue = FakeQueue()
        self.clock = Clock()
        self.alive = True
        self.refusal: str | None = None
        vitals = Vitals(
            queue="preview-jobs",
            redis_url=URL,
            counts=snapshot_of(self.queue, self.clock),
            alive=lambda: self.alive,
            refusals={"disk": self._ask_the_disk},
        )
        self.monitor = HealthMonitor(vitals, HealthSettings(), self.clock)
        self.monitor.observe(STARTED)

    async def _ask_the_disk(self) -> str | None:
        return self.refusal


@pytest.fixture
def ward(anyio_backend: str) -> Ward:
    """Return a ward where all is well."""
    assert anyio_backend == "asyncio"
    return Ward()


async def test_a_running_worker_is_live_and_ready(ward: Ward) -> None:
    """All checks pass, each with a word to it."""
    verdict = await ward.monitor.ready()

    assert ward.monitor.live().ok
    assert [(check.name, check.detail) for check in verdict.checks] == [
        ("worker", "runs"),
        ("stage", "running"),
        ("queue", "answers"),
        ("disk", "ok"),
    ]
    assert verdict.ok
    assert verdict.reason == ""


async def test_checks_that_ask_others_are_timed_and_told_with_their_age(ward: Ward) -> None:
    """What is known from within takes no time and never grows old."""
    await ward.monitor.ready()
    ward.clock.now_s += 0.5
    verdict = await ward.monitor.ready()

    assert [(check.name, check.took_s, check.age_s) for check in verdict.checks] == [
        ("worker", None, None),
        ("stage", None, None),
        ("queue", 0.0, 0.5),
        ("disk", 0.0, 0.5),
    ]


async def test_a_question_that_was_never_answered_has_no_age(ward: Ward) -> None:
    """JSON knows no infinity."""
    ward.queue.silent = True
    (asked,) = [one for one in (await ward.monitor.ready()).checks if one.name == "queue"]

    assert (asked.ok, asked.took_s, asked.age_s) == (False, None, None)
    await ward.monitor.stop()


Harm = Callable[[Ward], object]
TROUBLES: dict[str, tuple[Harm, str]] = {
    "draining": (lambda ward: ward.monitor.observe(DRAINING), "stage: draining"),
    "stopped": (
        lambda ward: ward.monitor.observe(events.WorkerStopped(handed_back=0)),
        "stage: stopped",
    ),
    "queue away": (
        lambda ward: setattr(ward.queue, "error", OSError("refused")),
        "queue: refused",
    ),
    "queue silent": (
        lambda ward: setattr(ward.queue, "silent", True),
        "queue: has not answered yet",
    ),
    "outage met": (
        lambda ward: ward.monitor.observe(events.QueueUnreachable(reason="lost redis://u:pw@h")),
        "queue: lost redis://u:***@h",
    ),
    "disk full": (lambda ward: setattr(ward, "refusal", "full"), "disk: full"),
    "worker ended": (lambda ward: setattr(ward, "alive", False), "worker: has ended"),
}


@pytest.mark.parametrize(("harm", "reason"), list(TROUBLES.values()), ids=list(TROUBLES))
async def test_trouble_makes_the_worker_unready_and_says_why(
    ward: Ward, harm: Harm, reason: str
) -> None:
    """Each trouble alone is enough, and is named."""
    if reason.startswith("queue: lost"):
        await ward.monitor.ready()
        ward.clock.now_s += 0.5
    harm(ward)
    verdict = await ward.monitor.ready()

    assert not verdict.ok
    assert verdict.reason == reason
    await ward.monitor.stop()


@pytest.mark.parametrize("trouble", ["queue away", "queue silent", "disk full", "draining"])
async def test_trouble_outside_does_not_kill_the_worker(ward: Ward, trouble: str) -> None:
    """A restart would mend none of it."""
    TROUBLES[trouble][0](ward)
    await ward.monitor.ready()

    assert ward.monitor.live().ok
    await ward.monitor.stop()


async def test_a_worker_whose_loop_ended_is_dead(ward: Ward) -> None:
    """A process that stays up without taking jobs has to be restarted."""
    ward.alive = False

    assert ward.monitor.live().reason == "worker: has ended"


async def test_an_event_loop_that_stood_still_is_dead(ward: Ward) -> None:
    """Nothing that the worker promised can be kept while its loop is stuck."""
    ward.clock.now_s += 6

    assert ward.monitor.live().reason == "loop: stood still for 6.0 s"


async def test_the_loop_is_felt_while_the_monitor_runs(ward: Ward) -> None:
    """A tick of the loop counts as movement."""
    ward.clock.now_s += 6
    await ward.monitor.start()
    await ward.queue.answered.wait()

    assert ward.monitor.live().ok
    await ward.monitor.stop()


async def test_the_monitor_asks_by_itself_when_nobody_probes(ward: Ward) -> None:
    """The first probe after a quiet hour does not call the quiet an outage."""
    await ward.monitor.start()
    await asyncio.wait_for(ward.queue.answered.wait(), 5)

    assert ward.queue.asked == 1
    await ward.monitor.stop()


async def test_a_starting_worker_is_live_but_neither_started_nor_ready() -> None:
    """It may wait for Redis as long as it takes."""
    ward = Ward()
    vitals = Vitals(
        queue="q",
        redis_url=URL,
        counts=snapshot_of(ward.queue, ward.clock),
        alive=lambda: False,
    )
    monitor = HealthMonitor(vitals, HealthSettings(), ward.clock)

    assert monitor.live().ok
    assert not monitor.started().ok
    assert (await monitor.ready()).reason == "stage: starting"


async def test_a_worker_has_started_for_good(ward: Ward) -> None:
    """A start-up probe is not about what comes later."""
    ward.monitor.observe(DRAINING)

    assert ward.monitor.started().ok


async def test_an_outage_is_over_once_the_queue_answers(ward: Ward) -> None:
    """Even when nobody said that the connection came back."""
    ward.monitor.observe(events.QueueUnreachable(reason="reset"))
    ward.clock.now_s += 1
    await ward.monitor.ready()

    assert (await ward.monitor.ready()).ok


async def test_a_connection_that_came_back_is_believed(ward: Ward) -> None:
    """The event alone ends the outage."""
    await ward.monitor.ready()
    ward.clock.now_s += 0.5
    ward.monitor.observe(events.QueueUnreachable(reason="reset"))
    ward.monitor.observe(events.QueueConnected(away_s=0.1))

    assert (await ward.monitor.ready()).ok


async def test_the_healthy_report_has_upstreams_keys(ward: Ward) -> None:
    """A reader of the earlier report finds what it looks for, and no password."""
    healthy, document = await ward.monitor.report()
    timestamp = document.pop("timestamp")

    assert healthy
    assert str(timestamp).endswith("Z")
    assert document == {
        "status": "healthy",
        "redis": {"status": "connected", "url": "redis://user:***@redis:6379/0"},
        "queue": {
            "name": "preview-jobs",
            "waiting": 1,
            "prioritized": 2,
            "active": 3,
            "completed": 5,
            "failed": 6,
            "delayed": 4,
            "total": 28,
        },
        "worker": {"status": "running"},
    }


async def test_the_unhealthy_report_says_what_is_wrong(ward: Ward) -> None:
    """The error is there, and the queue's name; figures that nobody knows are not."""
    ward.queue.error = OSError("refused")
    healthy, document = await ward.monitor.report()

    assert not healthy
    assert document["status"] == "unhealthy"
    assert document["error"] == "queue: refused"
    assert document["queue"] == {"name": "preview-jobs"}


async def test_the_report_of_a_silent_queue_comes_at_once(ward: Ward) -> None:
    """Probes give up after a second or two; the answer is there long before."""
    ward.queue.silent = True
    begun = time.monotonic()
    healthy, _ = await ward.monitor.report()

    assert not healthy
    assert time.monotonic() - begun < 0.5
    await ward.monitor.stop()


async def test_a_disk_that_never_answers_is_unready_after_a_while() -> None:
    """A hanging share must not look like a healthy one."""
    ward = Ward()

    async def hang() -> str | None:
        await asyncio.Event().wait()
        return None

    vitals = Vitals(
        queue="q",
        redis_url=URL,
        counts=Snapshot(ward.queue.counts, HealthSettings(), ward.clock),
        alive=lambda: True,
        refusals={"disk": hang},
    )
    monitor = HealthMonitor(vitals, HealthSettings(), ward.clock)
    monitor.observe(STARTED)

    assert (await monitor.ready()).reason == "disk: has not answered yet"
    await monitor.stop()


async def test_stopping_twice_does_no_harm(ward: Ward) -> None:
    """Shutdown may come from two sides."""
    await ward.monitor.start()
    await ward.monitor.stop()
    await ward.monitor.stop()
