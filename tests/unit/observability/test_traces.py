"""What happens to an attempt comes to a real collector as a tree of spans."""

from __future__ import annotations

import asyncio
import socket

import pytest

from preview_worker import events
from preview_worker.contract import PhaseInterval
from preview_worker.events import JobLeased, JobSettled, TraceContext
from preview_worker.observability import TraceObserver, TraceSettings, Tracing
from tests.collector import SeenSpan, a_collector
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


async def test_ids_that_are_no_text_lose_no_span() -> None:
    """JSON can carry half a surrogate pair, which the wire cannot; others are in the same batch."""
    started = events.JobStarted(
        job_id="job-1", project_id="p\ud800", request_id="r\udfff", attempt=1, dry_run=False
    )
    attempt = only(await sent(LEASED, started, settled()), "process preview-jobs")

    assert attempt.attributes["preview.project_id"] == "p?"
    assert attempt.attributes["preview.request_id"] == "r?"


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


async def test_a_span_is_sent_as_the_variables_of_opentelemetry_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Headers, compression, the service's name and its attributes."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=board-games")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.name=films,deployment.environment=test")
    with a_collector() as collector:
        tracing = Tracing(TraceSettings(endpoint=f"{collector.endpoint}/v1/traces"), "0.1.0")
        observer = TraceObserver(tracing)
        observer.observe(LEASED)
        observer.observe(settled())
        await tracing.close()

    assert collector.headers[0]["x-tenant"] == "board-games"
    assert collector.headers[0]["content-encoding"] == "gzip"
    resource = collector.spans[0].resource
    assert (resource["service.name"], resource["service.version"]) == ("films", "0.1.0")
    assert resource["deployment.environment"] == "test"


async def test_a_sampler_that_wants_nothing_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the parts of an attempt either."""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    phase = events.PhaseEnded(job_id="job-1", phase="parse", duration_s=0.1)

    assert await sent(LEASED, phase, settled()) == []


async def test_a_collector_that_never_answers_holds_no_end_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What it has not taken within the time there is is given up."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "600")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}/v1/traces"
        tracing = Tracing(TraceSettings(endpoint=endpoint, close_s=0.1), "0.1.0")
        observer = TraceObserver(tracing)
        observer.observe(LEASED)
        observer.observe(settled())
        async with asyncio.timeout(20):  # the SDK itself would wait for 30 s
            await tracing.close()
