"""Whoever waits for a service that says nothing can be told to wait no longer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from preview_worker.artifacts import ArtifactSettings
from preview_worker.artifacts.janitor import Janitor
from preview_worker.artifacts.objects.bucket import open_bucket
from preview_worker.artifacts.objects.line import Call, ask
from preview_worker.artifacts.objects.store import BucketStore
from preview_worker.artifacts.objects.viewing import BucketViewer
from preview_worker.contract import ErrorCode, PreviewError
from tests.fakes.observers import Recorder
from tests.small_storage import SmallStorage, small_storage
from tests.unit.artifacts.drafts import draft, fill, ours

pytestmark = pytest.mark.anyio

SOON_S = 10
"""Much less than the half minute that a request may take by the settings."""


@pytest.fixture
def storage() -> Iterator[SmallStorage]:
    """A service that can fall silent."""
    with small_storage() as storage:
        yield storage


def store_of(storage: SmallStorage, folder: Path) -> BucketStore:
    """Return a worker's store."""
    settings = ArtifactSettings(data_dir=folder)
    return BucketStore(open_bucket(storage.settings()), "s3://previews", settings)


async def test_an_upload_under_way_is_broken_off(storage: SmallStorage, tmp_path: Path) -> None:
    """A job that is cancelled or handed back holds nothing up."""
    storage.silent_about = "preview.mp4"
    store = store_of(storage, tmp_path)
    staging = await store.stage("project-1", "job-1", 1)
    fill(staging.directory)
    publication = asyncio.create_task(store.publish(staging, draft(), ours))
    await asyncio.to_thread(storage.wait_until_asked, "preview.mp4")
    publication.cancel()
    async with asyncio.timeout(SOON_S):
        await asyncio.wait([publication])

    assert publication.cancelled()
    assert not staging.directory.exists()
    assert not any("current.json" in request for request in storage.asked)


async def test_a_janitor_under_way_is_stopped(storage: SmallStorage, tmp_path: Path) -> None:
    """It has nothing to do that could not wait."""
    storage.silent_about = "tidying"
    janitor = Janitor(store_of(storage, tmp_path), Recorder(), every_s=60)
    janitor.start()
    await asyncio.to_thread(storage.wait_until_asked, "tidying")
    async with asyncio.timeout(SOON_S):
        await janitor.stop()


async def test_a_reader_is_not_waited_for_when_the_interface_closes(
    storage: SmallStorage, tmp_path: Path
) -> None:
    """Nor does anybody begin to read who stood in line."""
    storage.silent_about = "jobs/"
    viewer = BucketViewer(open_bucket(storage.settings()), tmp_path)

    def read() -> None:
        with viewer.opened("job-1"):
            pytest.fail("there is nothing to open")

    reading = asyncio.create_task(asyncio.to_thread(read))
    await asyncio.to_thread(storage.wait_until_asked, "jobs/")
    viewer.close()
    async with asyncio.timeout(SOON_S):
        for each in (reading, asyncio.to_thread(read)):
            with pytest.raises(PreviewError, match="broken off"):
                await each


async def test_whoever_has_hung_up_asks_nothing_more() -> None:
    """Or a long list of requests would go on, one after the other."""
    call = Call()

    async def answer() -> int:
        return 1

    assert call.answer(answer) == ask(answer) == 1
    call.hang_up()
    call.hang_up()
    with pytest.raises(PreviewError, match="broken off") as caught:
        call.answer(answer)
    assert caught.value.code is ErrorCode.STORAGE


async def test_what_a_request_raises_is_raised() -> None:
    """As if it had been made right there."""

    async def fail() -> None:
        raise FileNotFoundError

    with pytest.raises(FileNotFoundError):
        ask(fail)
