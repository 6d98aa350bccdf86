"""A server of the HTTP interface for tests: a real one, on a free port, over a queue of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from preview_worker.api import ProbeServer, ProbeSettings, create_app
from preview_worker.api.services import Services
from preview_worker.api.throttle import Throttle
from preview_worker.artifacts import ArtifactSettings
from preview_worker.artifacts.local import LocalStore
from preview_worker.bootstrap import serving
from preview_worker.bootstrap.auditing import Auditor
from preview_worker.bootstrap.observers import Observers
from preview_worker.bootstrap.serving import open_services
from preview_worker.events import DefectFound, Event
from preview_worker.queue import JobState, QueueSettings, QueueUnavailableError
from preview_worker.queue.bullmq import BullQueue
from preview_worker.settings import load_settings
from tests.fakes.payloads import a_payload
from tests.unit.artifacts.drafts import CONTENT, draft, fill, ours

SECRETS = {role: f"{role}-0123456789abc" for role in ("read", "submit", "operate")}
KEYS = ",".join(f"{role}-key:{role}:{secret}" for role, secret in SECRETS.items())


@dataclass
class Notes:
    """Takes note of events."""

    events: list[Event] = field(default_factory=list)

    def observe(self, event: Event) -> None:
        """Keep the event."""
        self.events.append(event)


@dataclass
class Counter:
    """A server with a client who is at its counter, and the queue behind it."""

    client: httpx.AsyncClient
    services: Services
    queue: BullQueue
    notes: Notes
    port: int

    async def submit(self, **changes: object) -> httpx.Response:
        """Submit a payload."""
        return await self.client.post("/api/v1/jobs", json=a_payload(**changes))

    async def until_known(self, job_id: str, state: JobState | None = None) -> None:
        """Wait until the index knows a job, in that state if one is given."""
        async with asyncio.timeout(60):
            with self.services.crier.listening() as listener:
                while True:
                    job = self.services.keeper.index.get(job_id)
                    if job is not None and state in (None, job.state):
                        return
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(0.5):
                            await listener.hear()


@pytest.fixture
def unforgiving(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the gate of a server opened from now on no time goes by, so that no guess is forgiven."""
    monkeypatch.setattr(serving, "Throttle", partial(Throttle, clock=lambda: 0.0))


async def publish(
    data_dir: Path,
    project_id: str = "project-1",
    job_id: str = "job-1",
    content: Mapping[str, bytes] = CONTENT,
) -> None:
    """Publish a preview as a worker does."""
    store = LocalStore(ArtifactSettings(data_dir=data_dir))
    staging = await store.stage(project_id, job_id, 1)
    fill(staging.directory, content)
    await store.publish(staging, draft(job_id, project_id), ours)
    await store.close()


@asynccontextmanager
async def counter(
    redis: QueueSettings,
    data_dir: Path,
    *,
    keys: str = "",
    secret: str = "",
    audited: bool = False,
    **more: Any,
) -> AsyncIterator[Counter]:
    """Open a counter on the queue of ``redis``; the client comes with ``secret``, if any.

    Its index has been read by then, if it can be: whoever listens hears only of what comes later.
    One that is ``audited`` keeps the audit log, as a real server does.
    """
    settings = load_settings(
        redis_url=redis.redis_url,
        preview_queue_name=redis.queue_name,
        data_dir=data_dir,
        **({"preview_api_keys": keys} if keys else {}),
        **more,
    )
    notes, queue = Notes(), BullQueue(redis)
    observers = Observers(notes)
    async with AsyncExitStack() as stack:
        if audited:
            auditor = Auditor(settings, "api")
            auditor.start()
            stack.push_async_callback(auditor.close)
            observers.attach(auditor)
        services = await stack.enter_async_context(open_services(settings, observers))
        server = ProbeServer(
            create_app(services),
            ProbeSettings(host="127.0.0.1", port=0, max_connections=512),
        )
        await server.start()
        headers = {"x-mobius-api-key": secret} if secret else {}
        base = f"http://127.0.0.1:{server.port}"
        with contextlib.suppress(QueueUnavailableError):
            await services.keeper.whole()
        try:
            async with httpx.AsyncClient(base_url=base, headers=headers, timeout=20) as client:
                yield Counter(client, services, queue, notes, server.port)
        finally:
            services.crier.dismiss()
            await server.stop()
            await queue.close()
        defects = [event.trace for event in notes.events if isinstance(event, DefectFound)]
        assert not defects, defects
