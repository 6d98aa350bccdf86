"""What every queue promises projects that add flows at the same time, in memory and in Redis."""

from __future__ import annotations

import pytest

from preview_worker.queue import Completed, FlowRequest, HandedBack, JobQueue, JobRequest
from preview_worker.queue.turns import TURNS
from tests.conformance.yard import REQUEST, Yard, leased

pytestmark = pytest.mark.anyio

HIGH, OTHER = 3, 4


def a_flow(project: str, name: str, children: int, priority: int = OTHER) -> FlowRequest:
    """Return a flow of a project with so many children."""
    few = tuple(
        JobRequest(payload={}, name="child", job_id=f"{name}-{n:02}", priority=priority)
        for n in range(children)
    )
    whole = JobRequest(payload={}, job_id=name, priority=priority - 2)
    return FlowRequest(whole, few, turn_of=project)


async def next_ids(queue: JobQueue, count: int) -> list[str]:
    """Complete jobs until so many were no wholes of flows; return the ids of those in order."""
    ids: list[str] = []
    while len(ids) < count:
        job = await leased(queue)
        await queue.settle(job, Completed({}))
        ids += [job.id] if "-" in job.id else []  # a whole comes as soon as its children are done
    return ids


def projects_of(ids: list[str]) -> list[str]:
    """Return the first word of each id."""
    return [job_id.partition("-")[0] for job_id in ids]


async def test_a_project_with_one_flow_does_not_wait_for_ten_of_another(yard: Yard) -> None:
    """Their children are done one for one, each project's own in order."""
    queue = await yard.open_worker()
    for number in range(10):
        await yard.producer.add_flow(a_flow("greedy", f"greedy{number}", 4))
    await yard.producer.add_flow(a_flow("modest", "modest", 4))

    assert await next_ids(queue, 8) == [
        f"{flow}-{number:02}" for number in range(4) for flow in ("greedy0", "modest")
    ]


async def test_who_comes_in_the_middle_is_not_behind(yard: Yard) -> None:
    """Nor ahead of those who were served less than others: its turns begin where they stand."""
    queue = await yard.open_worker()
    await yard.producer.add_flow(a_flow("early", "early", 8))
    assert await next_ids(queue, 4) == [f"early-{n:02}" for n in range(4)]
    await yard.producer.add_flow(a_flow("late", "late", 4))

    assert projects_of(await next_ids(queue, 8)) == ["early", "late"] * 4


async def test_a_project_does_not_pay_for_what_it_had_while_nobody_waited(yard: Yard) -> None:
    """When the line is empty all begin anew."""
    queue = await yard.open_worker()
    await yard.producer.add_flow(a_flow("busy", "old", 8))
    await next_ids(queue, 8)
    await yard.producer.add_flow(a_flow("other", "other", 3))
    await yard.producer.add_flow(a_flow("busy", "new", 3))

    assert projects_of(await next_ids(queue, 6)) == ["other", "new"] * 3


async def test_a_project_does_not_pay_for_what_it_took_back(yard: Yard) -> None:
    """Its new flow is behind those that wait, and no further."""
    queue = await yard.open_worker()
    await yard.producer.add_flow(a_flow("modest", "modest", 2))
    await yard.producer.add_flow(a_flow("greedy", "old", 40))
    for number in range(40):
        await yard.controls.cancel(f"old-{number:02}")
    await yard.producer.add_flow(a_flow("greedy", "new", 2))
    await yard.producer.add_flow(a_flow("third", "third", 6))

    assert projects_of(await next_ids(queue, 6)) == [
        "modest",
        "third",
        "modest",
        "third",
        "new",
        "third",
    ]


async def test_high_flows_come_before_others(yard: Yard) -> None:
    """Whenever they were added, and whoever had how many turns."""
    queue = await yard.open_worker()
    await yard.producer.add_flow(a_flow("a", "other", 2))
    await yard.producer.add_flow(a_flow("b", "high1", 2, HIGH))
    await yard.producer.add_flow(a_flow("b", "high2", 2, HIGH))

    assert (
        projects_of(await next_ids(queue, 6))
        == ["high1", "high1", "high2", "high2"] + ["other"] * 2
    )


async def test_jobs_of_their_own_come_before_all_children(yard: Yard) -> None:
    """Whatever their priority, as long as it is no turn."""
    queue = await yard.open_worker()
    await yard.producer.add_flow(a_flow("a", "flow", 1, HIGH))
    for priority in (7, 2, 0):
        request = JobRequest(REQUEST.payload, job_id=f"own-{priority}", priority=priority)
        await yard.producer.add(request)

    assert await next_ids(queue, 4) == ["own-0", "own-2", "own-7", "flow-00"]


async def test_a_child_keeps_its_turn(yard: Yard) -> None:
    """Also when it was handed back."""
    queue = await yard.open_worker()
    await yard.producer.add_flow(a_flow("a", "flow", 2))
    job = await leased(queue)
    assert (job.id, job.priority) == ("flow-00", OTHER * TURNS)
    await queue.settle(job, HandedBack())

    assert (await leased(queue)).id == "flow-00"


async def test_the_last_turn_is_shared(yard: Yard) -> None:
    """A class that runs out of numbers serves who comes first, and loses nobody."""
    queue = await yard.open_worker()
    last = OTHER * TURNS + TURNS - 1
    await yard.producer.add(JobRequest(REQUEST.payload, job_id="far", priority=last - 1))
    await yard.producer.add_flow(a_flow("a", "flow", 4))
    jobs = [await leased(queue) for _ in range(5)]

    assert [job.id for job in jobs] == ["far", "flow-00", "flow-01", "flow-02", "flow-03"]
    assert [job.priority for job in jobs] == [last - 1, last - 1, last, last, last]


async def test_a_flow_without_turns_keeps_its_priorities(yard: Yard) -> None:
    """As whoever adds it asked for."""
    queue = await yard.open_worker()
    flow = a_flow("a", "flow", 2)
    await yard.producer.add_flow(FlowRequest(flow.parent, flow.children))

    assert [(await leased(queue)).priority for _ in range(2)] == [OTHER, OTHER]
