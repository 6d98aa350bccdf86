"""Who did what over HTTP: on record under the name of the key, for operators to read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from preview_worker.queue import Failed, JobState, QueueSettings
from tests.api_server import KEYS, SECRETS, Counter, counter
from tests.fakes.payloads import a_payload
from tests.redis_server import leased

pytestmark = pytest.mark.anyio

PROJECT = "paul:operate:project-01234567@p-1"
Record = dict[str, Any]


@pytest.fixture
async def desk(queue_settings: QueueSettings, tmp_path: Path) -> AsyncIterator[Counter]:
    """A server with keys and an audit log; its client comes as an operator."""
    async with counter(
        queue_settings,
        tmp_path,
        keys=f"{KEYS},{PROJECT}",
        secret=SECRETS["operate"],
        audited=True,
    ) as opened:
        yield opened


async def records(desk: Counter, count: int, **wanted: str) -> list[Record]:
    """Return records once there are so many; they are written by a thread of their own."""
    async with asyncio.timeout(60):
        while True:
            answer = await desk.client.get("/api/v1/audit", params=wanted)
            assert answer.status_code == 200, answer.text
            found: list[Record] = answer.json()["records"]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.01)


def by_whom(record: Record) -> tuple[str, str, str | None]:
    """Return what was done, what came of it, and under whose key."""
    return record["action"], record["outcome"], record["actor"]["key"]


async def fail(desk: Counter, job_id: str) -> None:
    """Have a job fail for good."""
    await desk.submit(jobId=job_id)
    job = await leased(desk.queue)
    await desk.queue.settle(job, Failed("permanent.defect", "permanent.defect: it broke"))
    await desk.until_known(job_id, JobState.FAILED)


async def test_what_is_done_over_http_is_on_record_under_the_name_of_the_key(
    desk: Counter,
) -> None:
    """Whoever submits, cancels, retries, pauses, resumes, replays or drops."""
    post = desk.client.post
    submitter = {"x-mobius-api-key": SECRETS["submit"]}
    await fail(desk, "dead-1")
    await fail(desk, "dead-2")
    await post("/api/v1/jobs/dead-1/retry")
    await post("/api/v1/jobs/dead-1/cancel")
    await post("/api/v1/queue/pause")
    await post("/api/v1/queue/resume")
    await post("/api/v1/dead/drop", json={"ids": ["dead-1"]})
    await post("/api/v1/dead/replay", json={"ids": ["dead-2"]})
    await post("/api/v1/jobs", json=a_payload(jobId="theirs"), headers=submitter)
    await post("/api/v1/jobs/theirs/promote")
    await post("/api/preview/job", json=a_payload(jobId="older"), headers=submitter)

    found = await records(desk, 12)
    deeds = [by_whom(record) for record in reversed(found) if record["action"][:6] != "audit."]

    assert deeds == [
        ("job.submit", "done", "operate-key"),
        ("job.submit", "done", "operate-key"),
        ("queue.retry", "done", "operate-key"),
        ("job.cancel", "cancelled", "operate-key"),
        ("queue.pause", "done", "operate-key"),
        ("queue.resume", "done", "operate-key"),
        ("letter.drop", "done", "operate-key"),
        ("letter.replay", "replayed", "operate-key"),
        ("job.submit", "done", "submit-key"),
        ("queue.promote", "refused", "operate-key"),
        ("job.submit", "done", "submit-key"),
    ]
    assert {record["actor"]["kind"] for record in found} == {"api"}
    for secret in SECRETS.values():
        assert secret not in str(found)


@pytest.mark.usefixtures("unforgiving")
async def test_logins_are_on_record_whatever_comes_of_them(desk: Counter) -> None:
    """The name of a right key, and of a wrong one only where it came from."""
    client = desk.client
    del client.headers["x-mobius-api-key"]
    await client.post("/login", data={"key": SECRETS["operate"], "next": "/"})
    client.cookies.clear()
    for number in range(11):
        await client.post("/login", data={"key": f"guess-{number}", "next": "/"})
    client.cookies.set("preview-session", desk.services.gate.sessions.open("operate-key"))

    found = await records(desk, 12, action="access.*")

    assert [by_whom(record) for record in reversed(found)] == [
        ("access.login", "done", "operate-key"),
        *[("access.login", "refused", None)] * 10,
        ("access.login", "throttled", None),
    ]
    assert {record["detail"]["address"] for record in found} == {"127.0.0.1"}
    assert "guess" not in str(found)


async def test_records_are_found_by_what_is_known_of_them_and_page_by_page(
    desk: Counter,
) -> None:
    """The newest first; the cursor goes on where a page ended."""
    for number in range(5):
        await desk.submit(jobId=f"job-{number}")
    everything = await records(desk, 6)
    get = desk.client.get

    pages: list[list[int]] = []
    cursor: int | None = None
    while True:
        params = {"limit": 2, **({} if cursor is None else {"cursor": cursor})}
        page = (await get("/api/v1/audit", params=params)).json()
        pages.append([record["seq"] for record in page["records"]])
        cursor = page["next"]
        if cursor is None:
            break

    assert pages == [[6, 5], [4, 3], [2, 1]]
    one = await records(desk, 1, jobId="job-3")
    assert [record["subject"]["job"] for record in one] == ["job-3"]
    assert len(await records(desk, 5, user="operate-key")) == 5
    assert await records(desk, 0, user="submit-key") == []
    middle = everything[2]["time"]
    since = await records(desk, 0, since=middle)
    until = await records(desk, 0, until=middle)
    assert len(since) + len(until) == 6
    assert all(record["time"] < middle for record in until)
    assert await records(desk, 0, action="queue.*") == []


@pytest.mark.parametrize("path", ["/api/v1/audit", "/audit"])
async def test_only_operators_of_everything_may_read_the_log(desk: Counter, path: str) -> None:
    """Most deeds name no project, so a key for some projects is refused rather than misled."""
    for secret in (SECRETS["read"], SECRETS["submit"], "project-01234567"):
        answer = await desk.client.get(path, headers={"x-mobius-api-key": secret})

        assert answer.status_code == 403
        assert "records" not in answer.text
    del desk.client.headers["x-mobius-api-key"]
    assert (await desk.client.get(path)).status_code == 401


async def test_without_a_log_there_is_nothing_to_read(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """A server that keeps none says so; one that has none yet shows an empty one."""
    async with counter(queue_settings, tmp_path, preview_audit=False) as desk:
        assert (await desk.client.get("/api/v1/audit")).status_code == 404
    async with counter(queue_settings, tmp_path) as desk:
        answer = await desk.client.get("/api/v1/audit")
    assert answer.json() == {"records": [], "next": None}


async def test_the_page_shows_the_log_and_what_others_wrote_stays_text(desk: Counter) -> None:
    """Ids and names come from producers, and are no part of the page."""
    await desk.submit(jobId="<script>alert(1)</script>", projectId="p&p")
    await records(desk, 2)

    html = (await desk.client.get("/audit", headers={"accept": "text/html"})).text
    none = (await desk.client.get("/audit?action=queue.*&user=nobody")).text

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert" not in html
    assert "p&amp;p" in html
    assert "operate-key" in html
    assert '<a href="/audit" aria-current="page">Audit</a>' in html
    assert "There are no such records" in none
