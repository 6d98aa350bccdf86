"""Which trace each attempt comes to a collector in: a worker runs, and its spans are sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from preview_worker.bootstrap.observers import Observers
from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.events import JobLeased, JobSettled, TraceContext
from preview_worker.observability import TraceObserver, TraceSettings, Tracing
from preview_worker.queue import JobRequest
from preview_worker.worker import Runner, WorkerSettings
from tests.collector import Collector, a_collector
from tests.fakes.observers import Recorder
from tests.fakes.parts import Bench, FakeRenderer, a_bench
from tests.fakes.payloads import a_payload

pytestmark = pytest.mark.anyio

PRODUCER = TraceContext("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")


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
