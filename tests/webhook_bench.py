"""Everything around webhooks for tests: who tells, who works, who verifies, and what was heard."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from preview_worker.bootstrap.webhooks import open_webhooks
from preview_worker.events import DefectFound, Event, WebhookAttempted
from preview_worker.queue import Completed, Failed, JobRequest, QueueSettings
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.link import RedisLink
from preview_worker.queue.producer import BullProducer
from preview_worker.settings import load_settings
from preview_worker.webhooks import WebhookSettings
from tests.api_server import Notes
from tests.fakes.payloads import a_payload
from tests.hook_receiver import Posted, Receiver
from tests.redis_server import leased

KEY = b"0123456789abcdef0123456789abcdef"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
OTHER = "whsec_" + base64.b64encode(b"another secret of enough bytes").decode()


def is_signed(posted: Posted, key: bytes) -> bool:
    """Verify a delivery as a receiver does, by the words of the standard and no code of ours."""
    said = f"{posted.headers['webhook-id']}.{posted.headers['webhook-timestamp']}.".encode()
    mac = hmac.new(key, said + posted.body, hashlib.sha256).digest()
    wanted = "v1," + base64.b64encode(mac).decode()
    fresh = abs(time.time() - int(posted.headers["webhook-timestamp"])) < 300
    return fresh and wanted in posted.headers["webhook-signature"].split(" ")


def quick(settings: WebhookSettings, **changes: Any) -> WebhookSettings:
    """Return the same settings with pauses fit for tests."""
    return replace(settings, **{"backoff_s": 0.05, "look_s": 0.2, **changes})


@asynccontextmanager
async def telling(
    redis: QueueSettings,
    receiver: Receiver,
    *,
    secrets: str = SECRET,
    more: dict[str, Any] | None = None,
    heard: Heard | None = None,
    **changes: Any,
) -> AsyncIterator[Heard]:
    """Tell ``receiver`` of the queue's previews while the block runs; ``heard`` takes note."""
    settings = load_settings(
        redis_url=redis.redis_url,
        preview_queue_name=redis.queue_name,
        preview_webhook_urls=receiver.url,
        preview_webhook_secrets=secrets,
        **(more or {}),
    )
    notes = heard or Heard()
    async with open_webhooks(settings.queue, quick(settings.webhooks, **changes), notes):
        yield notes
    defects = [event.trace for event in notes.events if isinstance(event, DefectFound)]
    assert not defects, defects


@dataclass
class Heard(Notes):
    """Takes note of events, and wakes whoever waits for one."""

    news: asyncio.Event = field(default_factory=asyncio.Event)

    def observe(self, event: Event) -> None:
        """Keep the event."""
        super().observe(event)
        self.news.set()

    @property
    def attempts(self) -> list[WebhookAttempted]:
        """What is told of deliveries."""
        return [event for event in self.events if isinstance(event, WebhookAttempted)]

    @property
    def results(self) -> list[str]:
        """What came of each attempt."""
        return [attempt.result for attempt in self.attempts]

    async def until(self, result: str, count: int = 1) -> None:
        """Wait until so many attempts have come to that."""
        async with asyncio.timeout(60):
            while self.results.count(result) < count:
                await self.news.wait()
                self.news.clear()


class Bench:
    """Adds jobs and works on them, as any worker of BullMQ would."""

    def __init__(self, settings: QueueSettings) -> None:
        """Work on the queue of ``settings``."""
        self._queue = BullQueue(settings)
        self._producer = BullProducer(settings)

    async def finish(
        self,
        job_id: str,
        outcome: Completed | Failed | None = None,
        name: str = "render-preview",
    ) -> None:
        """Add a job and end it."""
        request = JobRequest(payload=a_payload(jobId=job_id), job_id=job_id, name=name)
        await self._producer.add(request)
        job = await leased(self._queue)
        await self._queue.settle(job, outcome or Completed({"status": "success"}))

    async def close(self) -> None:
        """Close the connections."""
        await self._queue.close()
        await self._producer.close()


@pytest.fixture
async def bench(queue_settings: QueueSettings) -> AsyncIterator[Bench]:
    """A bench at a queue that nobody else uses."""
    bench = Bench(queue_settings)
    yield bench
    await bench.close()


async def keys_of(settings: QueueSettings, part: str) -> list[object]:
    """Return the keys of outboxes that hold something of that kind."""
    link = RedisLink(settings, client_name="test")
    pattern = f"{settings.prefix}:{settings.queue_name}:outbox:*:{part}"
    found = await link.call("KEYS", pattern)
    await link.close()
    assert isinstance(found, list)
    return list(found)


async def begun(settings: QueueSettings) -> None:
    """Wait until the box of the receiver is there, so that what ends from now on is told."""
    async with asyncio.timeout(60):
        while True:
            if await keys_of(settings, "place"):
                return
            await asyncio.sleep(0.01)


def told_id(posted: Posted) -> str:
    """Return the id of the job that a delivery is about."""
    return str(json.loads(posted.body)["data"]["id"])
