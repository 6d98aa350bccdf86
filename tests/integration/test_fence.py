"""A job publishes whatever came before it under its id, and a frozen attempt never does.

Real Redis and a real folder; only the render is a stand-in.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from preview_worker.artifacts import ArtifactSettings
from preview_worker.artifacts.local import LocalStore
from preview_worker.assets import Fetched
from preview_worker.contract import ErrorCode, PreviewError, PreviewJob, RenderedPreview
from preview_worker.events import RenderSkipped
from preview_worker.queue import Completed, JobRequest, LeaseLostError, QueueSettings
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.controller import BullControls
from preview_worker.queue.dead_queue import BullDeadLetters
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.producer import BullProducer
from preview_worker.worker import Executor, RenderTask, Report
from tests.fakes.observers import Recorder
from tests.fakes.parts import FakeRenderer
from tests.fakes.payloads import a_payload
from tests.redis_server import command, leased

pytestmark = pytest.mark.anyio


@dataclass
class Site:
    """A worker's parts over one queue and one folder."""

    settings: QueueSettings
    folder: Path
    queue: BullQueue
    store: LocalStore
    renderer: FakeRenderer
    recorder: Recorder = field(default_factory=Recorder)

    async def add(self, **changes: object) -> None:
        """Add the one job, with a payload that differs from the usual by ``changes``."""
        producer = BullProducer(self.settings)
        await producer.add(JobRequest(payload=a_payload(**changes), job_id="job-1", attempts=1))
        await producer.close()

    async def work(self) -> int:
        """Run the job that waits to its end; return how often it was started."""
        job = await leased(self.queue)
        executor = Executor(self.queue, self.renderer, self.store, self.recorder)
        await self.queue.settle(job, await executor.execute(job))
        return job.attempts_started

    def forge(self, **changes: object) -> None:
        """Change what the manifest says."""
        [path] = self.folder.glob("previews/*/*/preview-manifest.json")
        path.write_text(json.dumps({**self.manifest, **changes}))

    def left(self) -> tuple[list[Path], list[Path]]:
        """Return all manifests that readers see, and all staging folders."""
        staged = [path for path in self.folder.glob(".staging/*/*") if path.is_dir()]
        return list(self.folder.glob("previews/*/*/preview-manifest.json")), staged

    @property
    def manifest(self) -> dict[str, object]:
        """What readers see of the one job."""
        [path] = self.folder.glob("previews/*/*/preview-manifest.json")
        read: dict[str, object] = json.loads(path.read_bytes())
        return read


@asynccontextmanager
async def a_site(settings: QueueSettings, folder: Path) -> AsyncIterator[Site]:
    """Set up a site whose queue is open."""
    queue, store = BullQueue(settings), LocalStore(ArtifactSettings(data_dir=folder))
    await queue.open()
    try:
        yield Site(settings, folder, queue, store, FakeRenderer())
    finally:
        await queue.close()
        await store.close()


def titled(title: str) -> dict[str, object]:
    """Return a change to a payload that shows in what is rendered."""
    usual = a_payload()["previewRequest"]
    assert isinstance(usual, dict)
    return {"previewRequest": {**usual, "title": title}}


async def test_a_new_job_under_an_old_id_publishes(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """R15: removed and added again, its counters begin anew and its preview is still the newer."""
    controls = BullControls(queue_settings)
    async with a_site(queue_settings, tmp_path) as site:
        await site.add(**titled("First"))
        await site.work()
        await controls.obliterate(force=True)
        await site.add(**titled("Second"))
        assert await site.work() == 1
        assert site.manifest["title"] == "Second"
    await controls.close()


async def test_a_real_run_replaces_a_dry_one(queue_settings: QueueSettings, tmp_path: Path) -> None:
    """The digests differ, so the second job renders and publishes over the first."""
    controls = BullControls(queue_settings)
    async with a_site(queue_settings, tmp_path) as site:
        await site.add(dryRun=True)
        await site.work()
        await controls.obliterate(force=True)
        await site.add(dryRun=False)
        await site.work()
        assert site.renderer.renders == 2
        assert site.recorder.all_of(RenderSkipped) == []
    await controls.close()


@pytest.mark.parametrize("fresh", [True, False])
async def test_a_failed_job_that_is_retried_publishes(
    queue_settings: QueueSettings, tmp_path: Path, *, fresh: bool
) -> None:
    """Over what it published before it failed; with ``fresh`` its counters are reset."""
    controls = BullControls(queue_settings)
    async with a_site(queue_settings, tmp_path) as site:
        await site.add(**titled("First"))
        await site.work()
        await controls.obliterate(force=True)
        await site.add(**titled("Second"))
        site.renderer.error = PreviewError(ErrorCode.RENDER)
        await site.work()
        site.renderer.error = None
        await controls.retry("job-1", fresh=fresh)
        assert await site.work() == (1 if fresh else 2)
        assert site.manifest["title"] == "Second"
    await controls.close()


async def test_a_replayed_dead_letter_publishes(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """It is the same job, whose count of starts goes on."""
    dead = BullDeadLetters(queue_settings)
    async with a_site(queue_settings, tmp_path) as site:
        await site.add()
        site.renderer.error = PreviewError(ErrorCode.RENDER)
        await site.work()
        site.renderer.error = None
        await dead.replay("job-1")
        assert await site.work() == 2
        assert site.manifest["attempt"] == 2
    await dead.close()


async def test_a_job_publishes_over_a_number_from_the_future(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """T2, R14: a Redis whose clock stepped back, or that forgot all it knew, stops nobody."""
    async with a_site(queue_settings, tmp_path) as site:
        await site.add(**titled("First"))
        await site.work()
        site.forge(publication=2**52)
        keys = QueueKeys(queue_settings.prefix, queue_settings.queue_name)
        await command(queue_settings, "DEL", f"{keys.root}job-1")
        await site.add(**titled("Second"))
        await site.work()
        assert site.manifest["title"] == "Second"
        assert site.manifest["publication"] == 2**52 + 1


class OvertakenRenderer(FakeRenderer):
    """A renderer whose render is overtaken by a whole other attempt at the same job."""

    def __init__(self, site: Site, other: BullQueue) -> None:
        """Let ``other`` take the job of ``site``."""
        super().__init__()
        self._site, self._other = site, other

    async def render(self, task: RenderTask, report: Report) -> RenderedPreview:
        """Lose the lock, have the other worker do the job, and only then render."""
        settings = self._site.settings
        keys = QueueKeys(settings.prefix, settings.queue_name)
        await command(settings, "DEL", f"{keys.root}job-1:lock")
        job = await leased(self._other)
        executor = Executor(self._other, FakeRenderer(), self._site.store, self._site.recorder)
        outcome = await executor.execute(job)
        assert isinstance(outcome, Completed)
        await self._other.settle(job, outcome)
        return await super().render(task, report)

    async def digest(self, job: PreviewJob, fetched: Fetched) -> str:
        """Return another digest than other renderers."""
        return f"{await super().digest(job, fetched)}-other"


async def test_who_lost_the_job_publishes_nothing(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """R19: both render, the first valid fence publishes, and the second is fenced."""
    other = BullQueue(queue_settings)
    await other.open()
    async with a_site(queue_settings, tmp_path) as site:
        await site.add()
        site.renderer = OvertakenRenderer(site, other)
        with pytest.raises(LeaseLostError):
            await site.work()
        assert site.renderer.renders == 1
        assert site.manifest["attempt"] == 2
    await other.close()


class FlushedRenderer(FakeRenderer):
    """A renderer in whose render everything that the queue knows is removed."""

    def __init__(self, settings: QueueSettings) -> None:
        """Remove the queue of ``settings``."""
        super().__init__()
        self._settings = settings

    async def render(self, task: RenderTask, report: Report) -> RenderedPreview:
        """Obliterate the queue, and only then render."""
        controls = BullControls(self._settings)
        await controls.obliterate(force=True)
        await controls.close()
        return await super().render(task, report)


async def test_the_job_of_a_queue_that_was_emptied_publishes_nothing(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """R15: the result is thrown away with its staging folder, and the next job is done."""
    async with a_site(queue_settings, tmp_path) as site:
        await site.add(**titled("First"))
        site.renderer = FlushedRenderer(queue_settings)
        with pytest.raises(LeaseLostError):
            await site.work()
        assert site.renderer.renders == 1
        assert site.left() == ([], [])
        site.renderer = FakeRenderer()
        await site.add(**titled("Second"))
        await site.work()
        assert site.manifest["title"] == "Second"
