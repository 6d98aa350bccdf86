"""Every probe answers in its own shape, over a real connection."""

from __future__ import annotations

import os
from datetime import datetime

import pytest

from preview_worker.observability import Check, Verdict
from tests.unit.api.visits import BAD, Sources, serving, visit

pytestmark = pytest.mark.anyio

VERDICTS = ["/livez", "/readyz", "/healthz", "/startupz"]


@pytest.mark.parametrize("path", VERDICTS)
async def test_a_good_verdict_is_one_word(path: str) -> None:
    """A probe wants a status, a person a word."""
    async with serving(Sources()) as server:
        answer = await visit(server, path)

    assert (answer.status, answer.document) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", VERDICTS)
async def test_a_bad_verdict_says_what_is_wrong(path: str) -> None:
    """Whoever sees the failed probe sees why, with every check."""
    async with serving(Sources(verdict=BAD)) as server:
        answer = await visit(server, path)

    assert answer.status == 503
    assert answer.document == {
        "status": "unavailable",
        "reason": "queue: refused",
        "checks": [
            {"name": "queue", "ok": False, "detail": "refused"},
            {"name": "disk", "ok": True, "detail": "ok"},
        ],
    }


async def test_verbose_shows_the_checks_of_a_good_verdict_too() -> None:
    """A person can ask what was looked at."""
    async with serving(Sources()) as server:
        answer = await visit(server, "/readyz?verbose")

    assert answer.document == {
        "status": "ok",
        "checks": [{"name": "queue", "ok": True, "detail": "answers"}],
    }


async def test_verbose_tells_how_long_a_check_took_and_how_old_it_is() -> None:
    """In milliseconds, where somebody else had to be asked."""
    asked = Verdict((Check("queue", ok=True, detail="answers", took_s=0.00123, age_s=0.5),))
    async with serving(Sources(asked)) as server:
        answer = await visit(server, "/readyz?verbose")

    told = {"name": "queue", "ok": True, "detail": "answers", "took_ms": 1.2, "age_ms": 500.0}
    assert answer.document == {"status": "ok", "checks": [told]}


@pytest.mark.parametrize(("sources", "status"), [(Sources(), 200), (Sources(BAD), 503)])
async def test_worker_health_gives_the_document_and_an_honest_status(
    sources: Sources, status: int
) -> None:
    """Upstream answered 200 even when unhealthy, so nothing that looked at the status noticed."""
    async with serving(sources) as server:
        answer = await visit(server, "/api/preview/worker/health")

    assert (answer.status, answer.document) == (status, {"status": "healthy"})


async def test_metrics_come_with_their_own_content_type() -> None:
    """Prometheus reads the format from it."""
    async with serving(Sources()) as server:
        answer = await visit(server, "/metrics")

    assert (answer.status, answer.body) == (200, b"up 1\n")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


async def test_openmetrics_comes_to_those_who_like_it_best() -> None:
    """Prometheus says so when it stores exemplars, and with several headers as well as with one."""
    async with serving(Sources()) as server:
        answer = await visit(server, "/metrics", accept="application/openmetrics-text;q=0.9")

    assert answer.body == b"up 1\n# EOF\n"
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")


@pytest.mark.parametrize(
    ("accept", "told"), [("application/json", True), ("text/html,*/*;q=0.8", False)]
)
async def test_counters_come_as_json_to_those_who_ask_for_that(accept: str, *, told: bool) -> None:
    """The upstream API told them so; Prometheus, and a browser, get the text."""
    async with serving(Sources()) as server:
        answer = await visit(server, "/metrics", accept=accept)

    assert (answer.headers["content-type"] == "application/json") is told
    if told:
        document = answer.document
        assert isinstance(document, dict)
        assert document["counters"] == {"preview_worker_jobs_total": 3}
        assert datetime.fromisoformat(document["time"]).tzinfo is not None


@pytest.mark.parametrize(("sources", "status"), [(Sources(), 200), (Sources(BAD), 503)])
async def test_health_tells_which_process_lives(sources: Sources, status: int) -> None:
    """With the id of the request, as the upstream API did; a dead one is not called ok."""
    async with serving(sources) as server:
        answer = await visit(server, "/health", **{"x-request-id": "req-7"})

    document = answer.document
    assert isinstance(document, dict)
    assert set(document) == {"status", "time", "requestId", "hostname", "pid"}
    assert (answer.status, document["status"] == "ok") == (status, status == 200)
    assert (document["requestId"], document["pid"]) == ("req-7", os.getpid())


@pytest.mark.parametrize("path", [*VERDICTS, "/metrics", "/api/preview/worker/health"])
async def test_head_is_get_without_a_body(path: str) -> None:
    """Load balancers like to ask that way."""
    async with serving(Sources()) as server:
        answer = await visit(server, path, "HEAD")
        full = await visit(server, path)

    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-length"] == str(len(full.body))


@pytest.mark.parametrize("path", ["/", "/livez/", "/nothing", "/..%2fetc/passwd", "/livez%00"])
async def test_an_unknown_page_is_told_in_json(path: str) -> None:
    """There is nothing here but probes."""
    async with serving(Sources()) as server:
        answer = await visit(server, path)

    assert (answer.status, answer.document) == (404, {"error": "Not Found"})


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE", "OPTIONS"])
async def test_other_methods_are_refused_with_the_allowed_ones(method: str) -> None:
    """Nothing can be changed through this port."""
    async with serving(Sources()) as server:
        answer = await visit(server, "/livez", method)

    assert (answer.status, answer.document) == (405, {"error": "Method Not Allowed"})
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


async def test_answers_are_never_cached() -> None:
    """A proxy must not report yesterday's health."""
    async with serving(Sources()) as server:
        answer = await visit(server, "/readyz")

    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["connection"] == "close"
    assert "server" not in answer.headers


async def test_a_broken_answer_breaks_nothing_else() -> None:
    """The visitor is told, the log has the reason, the next probe is answered."""
    async with serving(Sources(broken=True)) as server:
        broken = await visit(server, "/metrics")
        other = await visit(server, "/livez")

    assert (broken.status, other.status) == (500, 200)
    assert broken.document == {"error": "The worker could not answer. Its log says why."}
