"""The queue and its dead letters over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from preview_worker.events import LetterReplayed
from preview_worker.queue import Failed, QueueSettings
from tests.api_server import Counter, counter
from tests.redis_server import leased

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(queue_settings: QueueSettings, tmp_path: Path) -> AsyncIterator[Counter]:
    """A server without keys."""
    async with counter(queue_settings, tmp_path) as opened:
        yield opened


async def test_the_queue_is_counted_paused_and_resumed(desk: Counter) -> None:
    """The same truth that every BullMQ client sees."""
    await desk.submit(jobId="j-1")

    paused = (await desk.client.post("/api/v1/queue/pause")).json()
    resumed = (await desk.client.post("/api/v1/queue/resume")).json()

    assert paused["paused"] is True
    assert resumed["paused"] is False
    assert resumed["prioritized"] == 1


async def test_dead_letters_are_grouped_and_replayed(desk: Counter) -> None:
    """A canary first, then the rest; what a dry run says is what happens."""
    for number in range(3):
        await desk.submit(jobId=f"j-{number}")
        await desk.queue.settle(await leased(desk.queue), Failed("permanent.timeout", "too slow"))

    listed = (await desk.client.get("/api/v1/dead")).json()
    wish = {"code": "permanent.*", "limit": 1}
    dry = await desk.client.post("/api/v1/dead/replay", json={**wish, "dryRun": True})
    canary = await desk.client.post("/api/v1/dead/replay", json=wish)
    rest = await desk.client.post("/api/v1/dead/replay", json={"code": "permanent.*"})

    assert [(group["code"], group["count"]) for group in listed["groups"]] == [
        ("permanent.timeout", 3)
    ]
    assert dry.json()["results"] == [
        {"id": "j-0", "code": "permanent.timeout", "result": "would be replayed"}
    ]
    assert [one["id"] for one in canary.json()["results"]] == ["j-0"]
    assert [one["result"] for one in rest.json()["results"]] == ["replayed", "replayed"]
    replays = [event for event in desk.notes.events if isinstance(event, LetterReplayed)]
    assert [event.job_id for event in replays] == ["j-0", "j-1", "j-2"]
