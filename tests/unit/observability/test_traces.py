"""What happens to an attempt comes to a real collector as a tree of spans."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from preview_worker import events
from preview_worker.bootstrap.observers import Observers
from preview_worker.contract import ErrorCode, PhaseInterval, PreviewError
from preview_worker.events import JobLeased, JobSettled, TraceContext
from preview_worker.observability import TraceObserver, TraceSettings, Tracing
from preview_worker.queue import JobRequest
from preview_worker.worker import Runner, WorkerSettings
from tests.collector import Collector, SeenSpan, a_collector
from tests.fakes.observers import Recorder
from tests.fakes.parts import Bench, FakeRenderer, a_bench
from tests.fakes.payloads import a_payload
from tests.unit.observability.happenings import EVENTS

pytestmark = pytest.mark.anyio

PRODUCER = TraceContext("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
ROOT = PRODUCER.child("00f067aa0ba902b7")
LEASED = JobLeased(
    job_id="job-1",
    attempt=1,
    wait_s=5.0,
    trace=ROOT,
    parent=PRODUCER,
    queue="preview-jobs",
    name="render-preview",
    ready_at_s=995.0,
    lease_s=0.5,
)


async def sent(*told: events.Event, at_s: float = 1000.0) -> list[SeenSpan]:
    """Tell events at one moment, and return what the collector got of them."""
    with a_collector() as collector:
        tracing = Tracing(TraceSettings(endpoint=f"{collector.endpoint}/v1/traces"), "0.1.0")
        observer = TraceObserver(tracing, clock=lambda: at_s)
        for event in told:
            observer.observe(event)
        await tracing.close()
    return collector.spans


def only(spans: list[SeenSpan], name: str) -> SeenSpan:
    """Return the one span of that name."""
    [span] = [one for one in spans if one.name == name]
    return span


def settled(**changes: object) -> JobSettled:
    """Return the end of the attempt, a good one unless a test says otherwise."""
    facts: dict[str, object] = {
        "job_id": "job-1",
        "result": "completed",
        "duration_s": 3.0,
        "dry_run": False,
    }
    return JobSettled(**(facts | changes))  # type: ignore[arg-type] # the tests give what fits


async def test_an_attempt_is_a_consumer_below_its_producer() -> None:
    """Named and described as BullMQ's own workers and the conventions do it."""
    attempt = only(await sent(LEASED, settled()), "process preview-jobs")

    assert (attempt.kind, attempt.trace_id) == ("CONSUMER", PRODUCER.trace_id)
    assert (attempt.span_id, attempt.parent_id) == (ROOT.span_id, PRODUCER.span_id)
    assert not attempt.failed
    assert attempt.attributes == {
        "messaging.system": "bullmq",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "preview-jobs",
        "messaging.message.id": "job-1",
        "bullmq.queue.name": "preview-jobs",
        "bullmq.queue.operation": "process",
        "bullmq.job.id": "job-1",
        "bullmq.job.name": "render-preview",
        "bullmq.job.attempts.made": 1,
        "preview.attempt": 1,
        "preview.result": "completed",
        "preview.dry_run": False,
    }


async def test_the_time_before_the_lease_is_told() -> None:
    """How long the job waited, and how long the queue took to hand it over."""
    spans = await sent(LEASED, settled())
    wait, lease = only(spans, "wait"), only(spans, "lease")

    assert (wait.begin_s, wait.end_s) == (995.0, 999.5)
    assert (lease.begin_s, lease.end_s) == (999.5, 1000.0)


async def test_phases_of_the_render_stand_where_they_were() -> None:
    """Each as long as it was at work first to last, with the time that it was busy."""
    render = events.PhaseEnded(job_id="job-1", phase="render", duration_s=3.0)
    published = events.PreviewPublished(
        job_id="job-1",
        size_bytes=1000,
        duration_s=85.0,
        phases_s={},
        phases=(PhaseInterval("paint", 997.5, 999.0, 2.5),),
        shots=4,
        reused_shots=3,
    )
    spans = await sent(LEASED, render, published, settled())
    paint = only(spans, "paint")

    assert paint.parent_id == only(spans, "render").span_id
    assert (paint.begin_s, paint.end_s) == (997.5, 999.0)
    assert paint.attributes == {"preview.phase.busy_s": 2.5}
    attempt = only(spans, "process preview-jobs").attributes
    assert (attempt["preview.shots"], attempt["preview.shots.reused"]) == (4, 3)
    assert attempt["preview.size_bytes"] == 1000


async def test_a_crash_is_told_by_its_code_at_every_level() -> None:
    """The process by its signal, the phase and the attempt by the code; in words of no payload."""
    code, secret = "permanent.render_crash", "words of a payload"
    spans = await sent(
        LEASED,
        events.ChildExited(
            job_id="job-1", status="signal:SIGSEGV", wall_s=1.0, cpu_s=0.5, rss_kib=2
        ),
        events.ChildRestarted(job_id="job-1", reason="crash"),
        events.ChildExited(
            job_id="job-1", status="signal:SIGSEGV", wall_s=1.0, cpu_s=0.5, rss_kib=2
        ),
        events.PhaseEnded(job_id="job-1", phase="render", duration_s=2.5, code=code),
        settled(result="failed", code=code, reason=secret),
    )
    attempt, render = only(spans, "process preview-jobs"), only(spans, "render")
    crashes = [span for span in spans if span.name == "render process"]

    assert [crash.attributes["error.type"] for crash in crashes] == ["signal:SIGSEGV"] * 2
    assert {crash.parent_id for crash in crashes} == {render.span_id}
    assert all(span.failed for span in (attempt, render, *crashes))
    assert attempt.attributes["error.type"] == render.attributes["error.type"] == code
    assert [name for name, _ in attempt.events] == ["render process restarted", "exception"]
    assert attempt.events[1][1]["exception.type"] == code
    assert secret not in repr(spans)


async def test_an_asset_is_told_without_its_address() -> None:
    """Its path and its query may let whoever reads them have it."""
    spans = await sent(
        LEASED,
        events.AssetFetched(
            job_id="job-1",
            host="img.example.org",
            size_bytes=7,
            cached=False,
            tries=2,
            duration_s=0.5,
            code="transient.asset",
        ),
        events.PhaseEnded(job_id="job-1", phase="fetch", duration_s=1.0, code="transient.asset"),
        settled(result="retry", code="transient.asset"),
    )
    asset = only(spans, "fetch asset")

    assert asset.parent_id == only(spans, "fetch").span_id
    assert (asset.kind, asset.failed) == ("CLIENT", True)
    assert asset.attributes["server.address"] == "img.example.org"
    assert asset.attributes["preview.asset.tries"] == 2
    assert [name for name in asset.attributes if "url.full" in name] == []


@pytest.mark.parametrize("result", ["cancelled", "handed_back"])
async def test_what_people_asked_for_is_no_error(result: str) -> None:
    """A job that was cancelled, or given back at a stop, went as it should."""
    attempt = only(await sent(LEASED, settled(result=result)), "process preview-jobs")

    assert not attempt.failed
    assert attempt.attributes["preview.result"] == result


async def test_no_event_is_too_odd_to_be_observed() -> None:
    """Those of no attempt, and those of one that is not known, leave nothing."""
    others = [event for event in EVENTS if not isinstance(event, JobLeased)]

    assert await sent(*others) == []


@asynccontextmanager
async def traced(bench: Bench, collector: Collector) -> AsyncIterator[Recorder]:
    """Run a worker that is traced, and yield what else observes it."""
    tracing = Tracing(TraceSettings(endpoint=f"{collector.endpoint}/v1/traces"), "0.1.0")
    observers = Observers(bench.recorder, TraceObserver(tracing))
    settings = WorkerSettings(concurrency=1)
    runner = Runner("preview-jobs", bench.queue, bench.executor, observers, settings)
    running = asyncio.create_task(runner.run())
    yield bench.recorder
    runner.stop()
    await running
    await tracing.close()


async def test_a_retry_is_a_trace_of_its_own_that_leads_back(tmp_path: Path) -> None:
    """To the attempt before it and to the producer, by the ids that were really sent."""
    renderer = FakeRenderer(error=PreviewError(ErrorCode.DISK, "The disk is full."))
    with a_collector() as collector:
        async with a_bench(tmp_path, renderer) as bench, traced(bench, collector) as recorder:
            request = JobRequest(
                a_payload(), job_id="job-1", backoff_ms=1, trace_context=PRODUCER.headers
            )
            await bench.producer.add(request)
            await recorder.wait_for(JobSettled)
            renderer.error = None
            await recorder.wait_for(JobSettled, 2)
    first, second = collector.wait_for("process preview-jobs", 2)

    assert first.parent_id == PRODUCER.span_id
    assert (first.failed, first.attributes["error.type"]) == (True, "transient.disk")
    assert second.parent_id == ""
    assert second.trace_id != first.trace_id
    assert set(second.links) == {
        (first.trace_id, first.span_id),
        (PRODUCER.trace_id, PRODUCER.span_id),
    }


async def test_a_producer_that_wants_no_trace_gets_none(tmp_path: Path) -> None:
    """Neither of the first attempt nor of the next; another job is traced meanwhile."""
    unsampled = {"traceparent": PRODUCER.traceparent.removesuffix("01") + "00"}
    renderer = FakeRenderer(error=PreviewError(ErrorCode.DISK, "The disk is full."))
    with a_collector() as collector:
        async with a_bench(tmp_path, renderer) as bench, traced(bench, collector) as recorder:
            request = JobRequest(a_payload(), job_id="job-1", backoff_ms=1, trace_context=unsampled)
            await bench.producer.add(request)
            await recorder.wait_for(JobSettled)
            renderer.error = None
            await recorder.wait_for(JobSettled, 2)
            await bench.producer.add(JobRequest(a_payload(jobId="job-2"), job_id="job-2"))
            await recorder.wait_for(JobSettled, 3)

    assert {
        span.attributes["bullmq.job.id"]
        for span in collector.spans
        if span.attributes.get("bullmq.job.id")
    } == {"job-2"}
    assert PRODUCER.trace_id not in {span.trace_id for span in collector.spans}


@pytest.mark.parametrize("carrier", [{}, {"traceparent": "00-of-no-use-at-all"}])
async def test_a_job_without_a_context_is_traced_by_itself(
    tmp_path: Path, carrier: dict[str, str]
) -> None:
    """In the trace that every worker derives for it."""
    with a_collector() as collector:
        async with a_bench(tmp_path) as bench, traced(bench, collector) as recorder:
            await bench.producer.add(JobRequest(a_payload(), job_id="job-1", trace_context=carrier))
            leased = await recorder.wait_for(JobLeased)
            await recorder.wait_for(JobSettled)
    [attempt] = collector.wait_for("process preview-jobs")

    assert (attempt.trace_id, attempt.span_id) == (leased.trace.trace_id, leased.trace.span_id)
    assert (attempt.parent_id, attempt.links) == ("", ())
