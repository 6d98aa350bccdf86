"""One job from its payload to its outcome, on the in-memory queue and a real folder."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from preview_worker.contract import ErrorCode, PreviewError, RenderedPreview
from preview_worker.events import (
    AssetFetched,
    DefectFound,
    JobProgressed,
    JobStarted,
    PhaseEnded,
    PreviewPublished,
    RenderSkipped,
)
from preview_worker.queue import (
    Completed,
    Failed,
    LeasedJob,
    LeaseLostError,
    QueueUnavailableError,
    Retry,
)
from preview_worker.worker import RenderTask, Report
from tests.fakes.parts import FakeFetcher, FakeRenderer, a_bench
from tests.fakes.payloads import a_payload, a_request, encoded

pytestmark = pytest.mark.anyio

ADDRESS = "https://img.example.org/a.png"


async def test_a_good_job_is_published_and_completed(tmp_path: Path) -> None:
    """The outcome carries the keys that readers of return values know."""
    async with a_bench(tmp_path) as bench:
        outcome = await bench.executor.execute(await bench.lease())
        assert isinstance(outcome, Completed)
        assert set(outcome.result) == {
            "status",
            "dryRun",
            "jobId",
            "artifactPath",
            "containerPath",
            "manifestPath",
            "artifacts",
        }
        assert [tmp_path / "previews/lighthouse/job-1/preview-manifest.json"] == bench.published


async def test_the_manifest_tells_of_the_payload(tmp_path: Path) -> None:
    """Ids, counts, notices and unknown fields reach the published documents."""
    async with a_bench(tmp_path) as bench:
        await bench.executor.execute(await bench.lease(flavour="mint"))
        text = bench.published[0].read_text()
    manifest = json.loads(text)
    assert manifest["requestId"] == "req-1"
    assert "payload.unknown_field" in text
    assert '"mint"' in text


async def test_the_same_input_is_not_rendered_twice(tmp_path: Path) -> None:
    """A job that runs again after its preview was published completes with the same result."""
    async with a_bench(tmp_path) as bench:
        job = await bench.lease()
        first = await bench.executor.execute(job)
        assert first == await bench.executor.execute(job)
        assert bench.renderer.renders == 1
        assert len(bench.recorder.all_of(RenderSkipped)) == 1


class _Twins(FakeRenderer):
    """Ends a render when another one is about to end as well."""

    def __init__(self) -> None:
        """Wait for two."""
        super().__init__()
        self._both = asyncio.Barrier(2)

    async def render(self, task: RenderTask, report: Report) -> RenderedPreview:
        """Render, and wait for the other one."""
        rendered = await super().render(task, report)
        await self._both.wait()
        return rendered


async def test_two_attempts_that_run_at_once_publish_once(tmp_path: Path) -> None:
    """R19: both answer with the one preview that readers see, and it is told once."""
    async with a_bench(tmp_path, _Twins()) as bench:
        job = await bench.lease()
        twin = replace(job, attempts_started=job.attempts_started + 1)
        outcomes = await asyncio.gather(*map(bench.executor.execute, (job, twin)))
        assert outcomes[0] == outcomes[1]
        assert bench.renderer.renders == 2
        assert len(bench.recorder.all_of(PreviewPublished)) == 1


async def test_changed_input_is_rendered_anew(tmp_path: Path) -> None:
    """A preview of an older payload under the same id is replaced."""
    async with a_bench(tmp_path) as bench:
        job = await bench.lease()
        await bench.executor.execute(job)
        request = a_request(title="Second edition")
        edited = replace(job, payload=encoded(a_payload(previewRequest=request)))
        await bench.executor.execute(edited)
        assert bench.renderer.renders == 2
        assert "Second edition" in bench.published[0].read_text()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (PreviewError(ErrorCode.DISK, "full"), Retry("transient.disk", "full")),
        (PreviewError(ErrorCode.TIMEOUT, "late"), Failed("permanent.timeout", "late")),
        (PreviewError(ErrorCode.ASSET_TYPE, "svg"), Failed("invalid.asset_type", "svg")),
    ],
)
async def test_the_class_of_an_error_decides_the_outcome(
    tmp_path: Path, error: PreviewError, expected: Retry | Failed
) -> None:
    """Only transient errors ask for another attempt."""
    async with a_bench(tmp_path, FakeRenderer(error=error)) as bench:
        assert expected == await bench.executor.execute(await bench.lease())
        assert bench.published == []
        assert bench.staged == []


async def test_an_invalid_payload_fails_in_the_known_words(tmp_path: Path) -> None:
    """Nothing is rendered, and the reason is the one that producers match."""
    async with a_bench(tmp_path) as bench:
        outcome = await bench.executor.execute(await bench.lease(dryRun="no"))
        assert outcome == Failed(
            "invalid.payload", "Invalid preview payload: dryRun must be boolean"
        )
        assert bench.renderer.renders == 0


async def test_assets_are_fetched_before_the_digest_and_held_until_the_end(tmp_path: Path) -> None:
    """What was fetched is part of what is hashed and of what the render is given."""
    renderer = FakeRenderer(wants={(ADDRESS,): 7})
    fetcher = FakeFetcher({ADDRESS: tmp_path / "kept"})
    async with a_bench(tmp_path, renderer, fetcher) as bench:
        assert isinstance(await bench.executor.execute(await bench.lease()), Completed)
        assert renderer.fetched == fetcher.found
        assert bench.recorder.all_of(PreviewPublished)[0].phases_s["fetch"] >= 0
        assert fetcher.told == ["wanted", {(ADDRESS,): 7}, "let go"]
        line = r"1 assets had from other hosts in \d+\.\d\d s, 0 refused"
        assert re.fullmatch(line, bench.jobs.jobs["job-1"].logs[1])


async def test_an_asset_that_cannot_be_fetched_now_is_tried_with_the_job(tmp_path: Path) -> None:
    """``transient.asset``, by the backoff that the producer asked for; nothing is rendered."""
    error = PreviewError(ErrorCode.ASSET, "its host answered 503")
    async with a_bench(tmp_path, FakeRenderer(), FakeFetcher({}, error)) as bench:
        outcome = await bench.executor.execute(await bench.lease())
        assert outcome == Retry("transient.asset", "its host answered 503")
        assert bench.renderer.renders == 0


async def test_cancelling_a_job_cancels_its_fetches(tmp_path: Path) -> None:
    """Whatever they wait for."""
    fetcher = FakeFetcher({}, gate=asyncio.Event())
    async with a_bench(tmp_path, FakeRenderer(), fetcher) as bench:
        attempt = asyncio.create_task(bench.executor.execute(await bench.lease()))
        await fetcher.started.wait()
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt
        assert fetcher.told[-1] == "cancelled"


async def test_a_worker_that_fetches_nothing_does_not_look_for_addresses(tmp_path: Path) -> None:
    """Its jobs are not planned twice."""
    renderer = FakeRenderer(wants={(ADDRESS,): 7})
    async with a_bench(tmp_path, renderer) as bench:
        assert isinstance(await bench.executor.execute(await bench.lease()), Completed)
        assert (renderer.planned, renderer.fetched) == (0, {})


async def test_an_asset_at_fault_is_found_before_anything_is_staged(tmp_path: Path) -> None:
    """The digest reads the assets, so that is where a bad one shows first."""
    renderer = FakeRenderer(digest_error=PreviewError(ErrorCode.ASSET_MISSING, "no board.png"))
    async with a_bench(tmp_path, renderer) as bench:
        outcome = await bench.executor.execute(await bench.lease())
        assert outcome == Failed("invalid.asset_missing", "no board.png")
        assert not (tmp_path / "previews").exists()


async def test_a_defect_fails_the_job_and_not_the_worker(tmp_path: Path) -> None:
    """An exception that nobody thought of has a code, and its trace goes to the observers alone."""
    async with a_bench(tmp_path, FakeRenderer(error=KeyError("secret"))) as bench:
        outcome = await bench.executor.execute(await bench.lease())
        assert isinstance(outcome, Failed)
        assert outcome.code == ErrorCode.INTERNAL.code
        assert "secret" not in outcome.reason
        assert "secret" in bench.recorder.all_of(DefectFound)[0].trace


async def test_nothing_is_published_under_a_lost_lock(tmp_path: Path) -> None:
    """The fence is asked when everything is ready, and its no is final."""
    async with a_bench(tmp_path) as bench:
        job = await bench.lease()
        bench.jobs.break_lock(job.id)
        with pytest.raises(LeaseLostError):
            await bench.executor.execute(job)
        assert bench.published == []
        assert bench.staged == []


async def test_a_finished_render_waits_for_the_queue_to_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outage shorter than the lock costs no second render."""
    async with a_bench(tmp_path) as bench:
        job = await bench.lease()
        confirm, asked = bench.queue.confirm, asyncio.Event()

        async def stumble(leased: LeasedJob, above: int) -> int | None:
            if asked.is_set():
                return await confirm(leased, above)
            asked.set()
            raise QueueUnavailableError

        monkeypatch.setattr(bench.queue, "confirm", stumble)
        outcome = await bench.executor.execute(job)
        assert isinstance(outcome, Completed)
        assert bench.renderer.renders == 1


async def test_the_story_of_a_job_is_told_in_events(tmp_path: Path) -> None:
    """Observers hear of the start, the progress and the preview."""
    async with a_bench(tmp_path) as bench:
        await bench.executor.execute(await bench.lease())
        kinds = [type(event) for event in bench.recorder.events]
    assert kinds[:2] == [PhaseEnded, JobStarted]
    assert kinds[-1] is JobProgressed
    assert PreviewPublished in kinds
    (published,) = bench.recorder.all_of(PreviewPublished)
    assert (published.shots, published.reused_shots) == (3, 1)
    assert published.render_s > 0


async def test_each_phase_is_told_when_it_has_ended(tmp_path: Path) -> None:
    """Also those of a job that fetches, and each asset by itself."""
    fetcher = FakeFetcher({ADDRESS: tmp_path / "kept"})
    async with a_bench(tmp_path, FakeRenderer(wants={(ADDRESS,): 7}), fetcher) as bench:
        await bench.executor.execute(await bench.lease())
        told = [(event.phase, event.code) for event in bench.recorder.all_of(PhaseEnded)]
        [asset] = bench.recorder.all_of(AssetFetched)
    phases = ("parse", "fetch", "digest", "render", "publish")
    assert told == [(phase, None) for phase in phases]
    assert (asset.job_id, asset.host, asset.tries) == ("job-1", "assets.example.org", 1)


async def test_a_phase_says_what_ended_it(tmp_path: Path) -> None:
    """By the code of the error; what would have come after it does not come."""
    renderer = FakeRenderer(error=PreviewError(ErrorCode.CRASH))
    async with a_bench(tmp_path, renderer) as bench:
        await bench.executor.execute(await bench.lease())
        told = [(event.phase, event.code) for event in bench.recorder.all_of(PhaseEnded)]
    assert told == [("parse", None), ("digest", None), ("render", "permanent.render_crash")]


async def test_progress_ends_at_a_hundred(tmp_path: Path) -> None:
    """A completed job is all done for every BullMQ client."""
    async with a_bench(tmp_path) as bench:
        await bench.executor.execute(await bench.lease())
        status = await bench.producer.status("job-1")
        assert status is not None
        assert status.progress == 100
