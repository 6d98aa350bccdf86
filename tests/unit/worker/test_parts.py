"""A part of a batch from its payload to what its parent is told, on the in-memory queue."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from preview_worker.contract import PART_NAME, ErrorCode, PartJob, PreviewError
from preview_worker.events import (
    JobProgressed,
    JobStarted,
    PartFilmed,
    PreviewPublished,
    RenderSkipped,
)
from preview_worker.queue import (
    Completed,
    Failed,
    FlowRequest,
    JobRequest,
    LeasedJob,
    Outcome,
    ParentJob,
    QueueUnavailableError,
    Retry,
)
from preview_worker.render import PartWish
from tests.fakes.parts import Bench, FakeRenderer, a_bench
from tests.fakes.payloads import a_payload

pytestmark = pytest.mark.anyio


def _part(number: int, count: int = 2, project_id: str = "lighthouse") -> JobRequest:
    part = PartJob(f"job-1-part-{number}", project_id, "req-1", number, count)
    return JobRequest(payload=part.payload(), name=PART_NAME, job_id=part.job_id)


async def _leased_part(
    bench: Bench, *parts: JobRequest, payload: dict[str, object] | None = None
) -> LeasedJob:
    """Add a batch and lease its first part."""
    parent = JobRequest(payload=payload or a_payload(), job_id="job-1")
    await bench.producer.add_flow(FlowRequest(parent, parts or (_part(1), _part(2))))
    job = await bench.queue.lease()
    assert job is not None
    return job


def _progress(bench: Bench) -> object:
    return bench.jobs.jobs["job-1"].progress


async def _settled(bench: Bench, job: LeasedJob) -> Outcome:
    outcome = await bench.executor.execute(job)
    await bench.queue.settle(job, outcome)
    return outcome


async def test_a_part_is_filmed_and_nothing_is_published(tmp_path: Path) -> None:
    """Its parent's request is rendered, and only that part of it."""
    async with a_bench(tmp_path) as bench:
        outcome = await bench.executor.execute(await _leased_part(bench))
        assert isinstance(outcome, Completed)
        told = {"status": "filmed", "jobId": "job-1-part-1", "part": 1, "parts": 2}
        assert told.items() <= outcome.result.items()
        assert bench.renderer.parts == [PartWish(1, 2)]
        assert (bench.published, bench.staged) == ([], [])
        assert bench.recorder.all_of(PreviewPublished) == []
        assert [event.number for event in bench.recorder.all_of(PartFilmed)] == [1]
        assert [event.project_id for event in bench.recorder.all_of(JobStarted)] == ["lighthouse"]


async def test_a_part_waits_for_the_queue_to_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R1: it is filmed by whoever has it, as soon as its parent can be read."""
    async with a_bench(tmp_path) as bench:
        job, read, asked = await _leased_part(bench), bench.queue.parent_of, []

        async def stumble(leased: LeasedJob) -> ParentJob | None:
            asked.append(leased.id)
            if len(asked) > 1:
                return await read(leased)
            raise QueueUnavailableError

        monkeypatch.setattr(bench.queue, "parent_of", stumble)
        assert isinstance(await bench.executor.execute(job), Completed)
        assert len(bench.recorder.all_of(PartFilmed)) == 1


async def test_the_parent_runs_after_its_parts(tmp_path: Path) -> None:
    """It shows how many of them are done, and goes on from there."""
    async with a_bench(tmp_path) as bench:
        first = await _leased_part(bench)
        await _settled(bench, first)
        assert _progress(bench) == 45
        second = await bench.queue.lease()
        assert second is not None
        await _settled(bench, second)
        assert _progress(bench) == 90
        parent = await bench.queue.lease()
        assert parent is not None
        assert (parent.id, parent.waited_for_parts) == ("job-1", True)
        assert isinstance(await _settled(bench, parent), Completed)
        assert len(bench.published) == 1
        told = [
            one.percent for one in bench.recorder.all_of(JobProgressed) if one.job_id == "job-1"
        ]
        assert min(told) > 90


@pytest.mark.parametrize("part", [_part(1, project_id="harbour"), replace(_part(1), payload={})])
async def test_a_part_that_does_not_fit_its_parent_is_refused(
    tmp_path: Path, part: JobRequest
) -> None:
    """Another project's, or one that cannot be read."""
    async with a_bench(tmp_path) as bench:
        outcome = await bench.executor.execute(await _leased_part(bench, part))
        assert isinstance(outcome, Failed)
        assert outcome.code == ErrorCode.PAYLOAD.code
        assert bench.renderer.renders == 0


async def test_a_part_without_a_parent_is_refused(tmp_path: Path) -> None:
    """Somebody added it by itself."""
    async with a_bench(tmp_path) as bench:
        await bench.producer.add(_part(1))
        job = await bench.queue.lease()
        assert job is not None
        outcome = await bench.executor.execute(job)
        expected = "This is a part, but no job of the queue is its parent."
        assert outcome == Failed(ErrorCode.PAYLOAD.code, expected)


async def test_a_dry_run_has_no_parts(tmp_path: Path) -> None:
    """It films nothing."""
    async with a_bench(tmp_path) as bench:
        job = await _leased_part(bench, payload=a_payload(dryRun=True))
        assert isinstance(await bench.executor.execute(job), Failed)


async def test_a_parent_that_no_worker_could_read_fails_its_parts(tmp_path: Path) -> None:
    """In the words of a preview's refusal."""
    async with a_bench(tmp_path) as bench:
        job = await _leased_part(bench, payload={"jobId": "job-1"})
        outcome = await bench.executor.execute(job)
        assert isinstance(outcome, Failed)
        assert "previewRequest (object) required" in outcome.reason


async def test_a_request_is_not_digested_where_nothing_is_published(tmp_path: Path) -> None:
    """For that, all scenes would be planned once more, for each part."""
    digested = FakeRenderer(digest_error=PreviewError(ErrorCode.RENDER))
    async with a_bench(tmp_path, digested) as bench:
        assert isinstance(await bench.executor.execute(await _leased_part(bench)), Completed)


async def test_nothing_is_filmed_for_a_parent_that_has_ended(tmp_path: Path) -> None:
    """Nobody would look for it."""
    async with a_bench(tmp_path) as bench:
        job = await _leased_part(bench)
        parent = bench.jobs.jobs["job-1"]
        bench.jobs.finish(parent, parent.state.FAILED, "cancelled")
        outcome = await bench.executor.execute(job)
        assert isinstance(outcome, Completed)
        assert outcome.result["status"] == "skipped"
        assert bench.renderer.renders == 0


async def test_nothing_is_filmed_for_a_parent_that_is_gone(tmp_path: Path) -> None:
    """It was removed, or forgotten after it failed."""
    async with a_bench(tmp_path) as bench:
        job = await _leased_part(bench)
        del bench.jobs.jobs["job-1"]
        outcome = await bench.executor.execute(job)
        assert isinstance(outcome, Completed)
        assert outcome.result["status"] == "skipped"


async def test_nothing_is_filmed_of_what_is_published(tmp_path: Path) -> None:
    """The parent will find that, too."""
    async with a_bench(tmp_path) as bench:
        await _settled(bench, await bench.lease())
        del bench.jobs.jobs["job-1"]
        renders = bench.renderer.renders
        outcome = await bench.executor.execute(await _leased_part(bench))
        assert isinstance(outcome, Completed)
        assert outcome.result["status"] == "skipped"
        assert bench.renderer.renders == renders
        assert bench.recorder.all_of(RenderSkipped) == []


async def test_a_part_is_retried_as_a_preview_is(tmp_path: Path) -> None:
    """By the class of its error."""
    error = PreviewError(ErrorCode.DISK, "full")
    async with a_bench(tmp_path, FakeRenderer(error=error)) as bench:
        outcome = await bench.executor.execute(await _leased_part(bench))
        assert outcome == Retry("transient.disk", "full")
        assert bench.staged == []
