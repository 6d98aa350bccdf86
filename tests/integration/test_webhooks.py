"""Webhooks from a job's end to its receiver: signed, tried again, and by one process at a time."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from preview_worker.contract import PART_NAME, part_id
from preview_worker.queue import Completed, Failed, QueueSettings
from tests.certificates import Authority
from tests.fakes.payloads import a_payload
from tests.hook_receiver import HANG, a_receiver
from tests.redis_server import command
from tests.webhook_bench import (
    KEY,
    OTHER,
    SECRET,
    Bench,
    begun,
    is_signed,
    keys_of,
    telling,
)

pytestmark = pytest.mark.anyio


async def test_a_completed_preview_is_told_with_a_signature_that_others_can_verify(
    queue_settings: QueueSettings, bench: Bench
) -> None:
    """The body says what the HTTP interface says of the job, and where its files are."""
    outcome = Completed(
        {
            "status": "success",
            "artifacts": [
                {
                    "name": "preview.mp4",
                    "kind": "video",
                    "mediaType": "video/mp4",
                    "bytes": 5,
                    "sha256": "ab12",
                }
            ],
        }
    )
    public = {"preview_public_url": "https://previews.example.org/"}
    async with a_receiver() as receiver, telling(queue_settings, receiver, more=public):
        await begun(queue_settings)
        await bench.finish("job-1", outcome)
        (posted,) = await receiver.until_count(1)

    assert is_signed(posted, KEY)
    assert not is_signed(replace(posted, body=posted.body + b" "), KEY)
    assert not is_signed(posted, b"somebody else's key, just as long")
    assert posted.line == "POST /hooks?tenant=7 HTTP/1.1"
    assert posted.headers["content-type"] == "application/json"
    told = json.loads(posted.body)
    assert told["type"] == "preview.completed"
    assert datetime.fromisoformat(told["timestamp"]).timestamp() == pytest.approx(
        time.time(), abs=300
    )
    data = told["data"]
    assert (data["id"], data["state"], data["status"]) == ("job-1", "completed", "success")
    assert data["projectId"] == a_payload()["projectId"]
    assert data["requestId"] == a_payload()["requestId"]
    assert data["links"]["self"] == "https://previews.example.org/api/v1/jobs/job-1"
    assert data["artifacts"] == [
        {
            "name": "preview.mp4",
            "kind": "video",
            "mediaType": "video/mp4",
            "sizeBytes": 5,
            "url": "https://previews.example.org/api/v1/jobs/job-1/artifacts/preview.mp4?v=ab12",
        }
    ]


async def test_a_failed_preview_is_told_with_its_code(
    queue_settings: QueueSettings, bench: Bench
) -> None:
    """What to do about it depends on why it failed."""
    async with a_receiver() as receiver, telling(queue_settings, receiver):
        await begun(queue_settings)
        await bench.finish(
            "job-1", Failed("invalid.payload", "invalid.payload: there are no steps")
        )
        (posted,) = await receiver.until_count(1)

    told = json.loads(posted.body)
    assert told["type"] == "preview.failed"
    assert told["data"]["code"] == "invalid.payload"
    assert told["data"]["reason"] == "invalid.payload: there are no steps"


async def test_a_job_that_is_gone_at_once_is_told_all_the_same(
    queue_settings: QueueSettings, bench: Bench
) -> None:
    """A producer may have its jobs removed as they end; the event remains."""
    async with a_receiver() as receiver:
        async with telling(queue_settings, receiver):
            await begun(queue_settings)
        await bench.finish("job-1", Failed("transient.disk", "transient.disk: the disk is full"))
        await command(queue_settings, "DEL", f"bull:{queue_settings.queue_name}:job-1")
        async with telling(queue_settings, receiver):
            (posted,) = await receiver.until_count(1)

    data = json.loads(posted.body)["data"]
    assert (data["id"], data["status"], data["code"]) == ("job-1", "failed", "transient.disk")


async def test_nobody_is_told_of_the_parts_of_a_batch(
    queue_settings: QueueSettings, bench: Bench
) -> None:
    """Only of the whole, which ended after them."""
    async with a_receiver() as receiver, telling(queue_settings, receiver):
        await begun(queue_settings)
        await bench.finish("part-1", name=PART_NAME)
        done = Completed({"status": "filmed", "part": 1, "parts": 2, "shots": 3, "reusedShots": 0})
        await bench.finish("part-3", done, name=PART_NAME)
        await command(queue_settings, "DEL", f"bull:{queue_settings.queue_name}:part-3")
        await bench.finish("part-2", Failed("permanent.x", "no"), name=PART_NAME)
        await bench.finish("job-1")
        (posted,) = await receiver.until_count(1)

    assert json.loads(posted.body)["data"]["id"] == "job-1"


async def test_nobody_is_told_of_a_failed_part_that_is_gone(
    queue_settings: QueueSettings, bench: Bench
) -> None:
    """All that is left of it is its id in the event."""
    part = part_id("job-1", 2, 1_795_000_000_000)
    async with a_receiver() as receiver:
        async with telling(queue_settings, receiver):
            await begun(queue_settings)
        await bench.finish(part, Failed("permanent.x", "no"), name=PART_NAME)
        await command(queue_settings, "DEL", f"bull:{queue_settings.queue_name}:{part}")
        await bench.finish("job-1")
        async with telling(queue_settings, receiver):
            (posted,) = await receiver.until_count(1)

    assert json.loads(posted.body)["data"]["id"] == "job-1"


async def test_a_delivery_that_fails_is_tried_again_under_the_same_id(
    queue_settings: QueueSettings, bench: Bench
) -> None:
    """Errors, redirects and silence are all tried again; nobody is led elsewhere."""
    redirect = "302 Found\r\nLocation: /elsewhere"
    answers = ("500 Oh", redirect, HANG, "200 OK")
    async with (
        a_receiver(*answers) as receiver,
        telling(queue_settings, receiver, post_timeout_s=3.0, claim_s=20.0) as notes,
    ):
        await begun(queue_settings)
        await bench.finish("job-1")
        posts = await receiver.until_count(4)
        await notes.until("delivered")

    assert notes.results == ["retried", "retried", "retried", "delivered"]
    assert len({posted.id for posted in posts}) == 1
    assert len({posted.body for posted in posts}) == 1
    assert all(is_signed(posted, KEY) for posted in posts)
    assert {posted.line for posted in posts} == {"POST /hooks?tenant=7 HTTP/1.1"}
    assert [attempt.tries for attempt in notes.attempts] == [1, 2, 3, 4]
    assert notes.attempts[0].reason == "it answered 500"
    assert notes.attempts[2].reason == "it did not answer within 3 s"


async def test_a_receiver_that_asks_for_time_is_given_it(
    queue_settings: QueueSettings, bench: Bench
) -> None:
    """``Retry-After`` is stronger than our own pause."""
    async with (
        a_receiver("503 Busy\r\nRetry-After: 2", "200 OK") as receiver,
        telling(queue_settings, receiver) as notes,
    ):
        await begun(queue_settings)
        await bench.finish("job-1")
        first, second = await receiver.until_count(2)
        await notes.until("delivered")

    assert second.came_s - first.came_s > 1.9


async def test_a_receiver_that_is_gone_is_not_asked_again(
    queue_settings: QueueSettings, bench: Bench
) -> None:
    """410 ends a delivery at its first attempt; the next one is tried for itself."""
    async with (
        a_receiver("410 Gone", "200 OK") as receiver,
        telling(queue_settings, receiver) as notes,
    ):
        await begun(queue_settings)
        await bench.finish("job-1")
        await notes.until("given_up")
        await bench.finish("job-2")
        await notes.until("delivered")

    assert notes.results == ["given_up", "delivered"]
    assert [json.loads(posted.body)["data"]["id"] for posted in receiver.posts] == [
        "job-1",
        "job-2",
    ]


async def test_a_delivery_is_given_up_after_its_time(
    queue_settings: QueueSettings, bench: Bench
) -> None:
    """A receiver that never comes back does not fill Redis."""
    async with (
        a_receiver("500 Oh") as receiver,
        telling(queue_settings, receiver, give_up_s=5.0) as notes,
    ):
        await begun(queue_settings)
        await bench.finish("job-1")
        await notes.until("given_up")

    assert notes.results[-1] == "given_up"
    assert set(notes.results[:-1]) == {"retried"}
    for part in ("due", "contents", "tries"):
        assert await keys_of(queue_settings, part) == []


async def test_a_receiver_is_told_by_https_with_a_certificate_that_is_verified(
    queue_settings: QueueSettings, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a secret is changed both of them sign."""
    authority = Authority(tmp_path / "authority")
    context = authority.server_context("localhost", mutual=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    secrets = f"{OTHER}|{SECRET}"
    async with (
        a_receiver(context=context, host="localhost") as receiver,
        telling(queue_settings, receiver, secrets=secrets),
    ):
        await begun(queue_settings)
        await bench.finish("job-1")
        (posted,) = await receiver.until_count(1)

    assert is_signed(posted, KEY)
    assert is_signed(posted, base64.b64decode(OTHER.removeprefix("whsec_")))


async def test_a_receiver_with_a_strangers_certificate_is_told_nothing(
    queue_settings: QueueSettings, bench: Bench, tmp_path: Path
) -> None:
    """Whoever stands in between learns nothing of a preview."""
    authority = Authority(tmp_path / "authority")
    context = authority.server_context("localhost", mutual=False)
    async with (
        a_receiver(context=context, host="localhost") as receiver,
        telling(queue_settings, receiver) as notes,
    ):
        await begun(queue_settings)
        await bench.finish("job-1")
        await notes.until("retried")

    assert receiver.posts == []
    assert notes.attempts[0].reason.startswith("it has no certificate that can be trusted")
