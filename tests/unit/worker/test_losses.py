"""What a batch does of its failed parts when placeholders are wanted, on the in-memory queue."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from preview_worker.contract import PART_NAME, BatchPlan, ErrorCode, PartJob, PreviewError
from preview_worker.events import PreviewPublished, RenderSkipped
from preview_worker.queue import Completed, Failed, FlowRequest, JobRequest, Outcome
from preview_worker.render import LostPart, PartWish
from tests.fakes.parts import Bench, FakeRenderer, a_bench
from tests.fakes.payloads import a_payload

pytestmark = pytest.mark.anyio

CRASH = ErrorCode.CRASH.code
PLAN = BatchPlan(3, "placeholder")


async def _outcome(bench: Bench, *failing: int, plan: BatchPlan = PLAN) -> Outcome:
    """Return how the whole of a batch ends of which some parts failed."""
    payload = plan.asked_of(a_payload())
    parts = [PartJob(f"part-{n}", "lighthouse", "req-1", n, plan.parts) for n in (1, 2, 3)]
    children = [
        JobRequest(payload=part.payload(), name=PART_NAME, job_id=part.job_id) for part in parts
    ]
    await bench.producer.add_flow(
        FlowRequest(JobRequest(payload=payload, job_id="job-1"), tuple(children))
    )
    for part in parts:
        job = await bench.queue.lease()
        assert job is not None
        crashed = part.number in failing
        await bench.queue.settle(job, Failed(CRASH, "It crashed.") if crashed else Completed({}))
    return await _whole(bench)


async def _whole(bench: Bench) -> Outcome:
    parent = await bench.queue.lease()
    assert parent is not None
    assert parent.name != PART_NAME
    outcome = await bench.executor.execute(parent)
    await bench.queue.settle(parent, outcome)
    return outcome


async def test_the_render_is_told_of_parts_that_failed(tmp_path: Path) -> None:
    """Which they were, of how many, and why."""
    async with a_bench(tmp_path) as bench:
        assert isinstance(await _outcome(bench, 3, 1), Completed)
        assert bench.renderer.lost == (
            LostPart(PartWish(1, 3), CRASH),
            LostPart(PartWish(3, 3), CRASH),
        )


async def test_manifest_and_result_name_the_placeholders(tmp_path: Path) -> None:
    """So does the event count them."""
    async with a_bench(tmp_path) as bench:
        outcome = await _outcome(bench, 2)
        assert isinstance(outcome, Completed)
        assert outcome.result["placeholders"] == ["scene-2"]
        (path,) = bench.published
        assert json.loads(path.read_text())["placeholders"] == ["scene-2"]
        assert [event.placeholders for event in bench.recorder.all_of(PreviewPublished)] == [1]


async def test_nothing_is_said_of_placeholders_where_there_are_none(tmp_path: Path) -> None:
    """The documents are those of any preview."""
    async with a_bench(tmp_path) as bench:
        outcome = await _outcome(bench)
        assert isinstance(outcome, Completed)
        assert "placeholders" not in outcome.result
        assert "placeholders" not in json.loads(bench.published[0].read_text())


async def test_without_the_policy_the_whole_films_what_is_lacking(tmp_path: Path) -> None:
    """The render is told of no loss."""
    async with a_bench(tmp_path) as bench:
        assert isinstance(await _outcome(bench, 2, plan=BatchPlan(3)), Completed)
        assert bench.renderer.lost == ()


async def test_a_batch_of_which_no_part_was_filmed_fails(tmp_path: Path) -> None:
    """With what the first of them failed of: nobody wants a preview of placeholders."""
    async with a_bench(tmp_path) as bench:
        told = "No part of the batch could be filmed. The first of them failed: It crashed."
        assert await _outcome(bench, 1, 2, 3) == Failed(ErrorCode.RENDER.code, told)
        assert bench.published == []


async def test_a_preview_with_placeholders_is_not_taken_for_done(tmp_path: Path) -> None:
    """The same job again is rendered, and then no more."""
    async with a_bench(tmp_path) as bench:
        await _outcome(bench, 2)
        for skipped in (0, 1):
            del bench.jobs.jobs["job-1"]
            await bench.producer.add(JobRequest(payload=a_payload(), job_id="job-1"))
            outcome = await _whole(bench)
            assert isinstance(outcome, Completed)
            assert "placeholders" not in outcome.result
            assert len(bench.recorder.all_of(RenderSkipped)) == skipped


async def test_a_preview_that_lacks_less_takes_the_place_of_one_that_lacks_more(
    tmp_path: Path,
) -> None:
    """Though both have placeholders, and both are of the same input."""
    async with a_bench(tmp_path) as bench:
        await _outcome(bench, 1, 3)
        bench.jobs.jobs.clear()
        outcome = await _outcome(bench, 3)
        assert isinstance(outcome, Completed)
        assert outcome.result["placeholders"] == ["scene-3"]
        (path,) = bench.published
        assert json.loads(path.read_text())["placeholders"] == ["scene-3"]


async def _filmed(bench: Bench, plan: BatchPlan = PLAN) -> list[PartWish]:
    """Run the second part of three, which fails; return what was wished for, in its order."""
    part = PartJob("part-2", "lighthouse", "req-1", 2, 3)
    child = JobRequest(payload=part.payload(), name=PART_NAME, job_id="part-2")
    parent = JobRequest(payload=plan.asked_of(a_payload()), job_id="job-1")
    await bench.producer.add_flow(FlowRequest(parent, (child,)))
    job = await bench.queue.lease()
    assert job is not None
    outcome = await bench.executor.execute(job)
    assert isinstance(outcome, Failed)
    assert bench.renderer.error is not None
    assert outcome.reason == str(bench.renderer.error)
    return [wish for wish in bench.renderer.parts if wish is not None]


@pytest.mark.parametrize("code", [ErrorCode.CRASH, ErrorCode.MEMORY])
async def test_a_part_is_filmed_around_what_ends_its_process(
    tmp_path: Path, code: ErrorCode
) -> None:
    """In ever smaller pieces, each with a process of its own, of which only the least are lost."""
    renderer = FakeRenderer(error=PreviewError(code), bad_shots=(0.5,))
    async with a_bench(tmp_path, renderer) as bench:
        wishes = await _filmed(bench)
    pieces = {Fraction(wish.number - 1, wish.count): wish for wish in wishes}
    place, covered = Fraction(1, 3), []
    while place < Fraction(2, 3):
        covered.append(pieces[place])
        place += Fraction(1, covered[-1].count)
    assert place == Fraction(2, 3), "the last wish at each place leaves no gap"
    assert max(wish.count for wish in covered) == 3 * 64
    assert len(wishes) == 13, "one for the part, and two for each time that it is cut in halves"


async def test_a_part_of_which_everything_ends_its_process_is_given_up(tmp_path: Path) -> None:
    """After some tries."""
    async with a_bench(tmp_path, FakeRenderer(error=PreviewError(ErrorCode.CRASH))) as bench:
        assert len(await _filmed(bench)) == 16


@pytest.mark.parametrize(
    ("code", "plan"),
    [
        (ErrorCode.TIMEOUT, PLAN),
        (ErrorCode.ASSET_TYPE, PLAN),
        (ErrorCode.CRASH, BatchPlan(3)),
    ],
)
async def test_a_part_is_not_cut_where_that_gains_nothing(
    tmp_path: Path, code: ErrorCode, plan: BatchPlan
) -> None:
    """What hangs would hang again, what has words got around it, and the whole films the rest."""
    async with a_bench(tmp_path, FakeRenderer(error=PreviewError(code))) as bench:
        assert len(await _filmed(bench, plan)) == 1
