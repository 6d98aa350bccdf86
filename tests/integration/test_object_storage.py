"""Previews in a real object storage: Ceph's S3 gateway, through doors that lose and tear."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from preview_worker.artifacts import ArtifactSettings
from preview_worker.artifacts.objects.bucket import Bucket, open_bucket
from preview_worker.artifacts.objects.settings import BucketSettings
from preview_worker.artifacts.objects.store import PATIENCE_S, BucketStore
from preview_worker.artifacts.objects.viewing import BucketViewer
from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.queue import QueueSettings
from tests.api_server import counter
from tests.ceph import Storage, object_storage
from tests.redis_server import queue_settings, redis_server
from tests.storage_door import StorageDoor
from tests.unit.artifacts.drafts import CONTENT, draft, fill, ours

__all__ = ["object_storage", "queue_settings", "redis_server"]

pytestmark = pytest.mark.anyio

FILM = bytes(range(256)) * 81_920
"""Twenty megabytes, so that it travels in three parts."""
WRITERS = 12


@pytest.fixture
async def door(object_storage: Storage) -> AsyncIterator[StorageDoor]:
    """A way to the storage that can be made bad."""
    async with StorageDoor(object_storage.port) as door:
        yield door


def store_of(settings: BucketSettings, folder: Path, *, patient: bool = True) -> BucketStore:
    """Return a worker's store; one that is not patient tries nothing twice."""
    bucket = open_bucket(settings, retries=5 if patient else 0)
    kept = ArtifactSettings(data_dir=folder)
    return BucketStore(bucket, settings.url, kept, patience_s=PATIENCE_S if patient else 0)


async def publish(store: BucketStore, film: bytes = CONTENT["preview.mp4"]) -> None:
    """Publish a preview with that film."""
    staging = await store.stage("project-1", "job-1", 1)
    fill(staging.directory, {**CONTENT, "preview.mp4": film})
    await store.publish(staging, draft(), ours)


def folders(settings: BucketSettings) -> set[str]:
    """Return the publications of the job that have files in the bucket."""
    place = "previews/project-1/job-1"
    return {one.key.split("/")[3] for one in open_bucket(settings).entries(place)} - {
        "current.json"
    }


def test_of_many_writers_one_replaces_what_all_saw(object_storage: Storage) -> None:
    """The storage honours conditions at once, or nothing here is a fence."""
    bucket = open_bucket(object_storage.settings())

    def race(seen_key: str, number: int) -> bool:
        return bucket.exchange(seen_key, f"writer {number}".encode(), seen)

    with ThreadPoolExecutor(WRITERS) as writers:
        for _ in range(3):
            seen = bucket.read("pointer")
            won = list(writers.map(race, ["pointer"] * WRITERS, range(WRITERS)))
            now = bucket.read("pointer")
            assert sum(won) == 1
            assert now is not None
            assert now.content == f"writer {won.index(True)}".encode()
            bucket.write("pointer", b"between", {})


def test_a_real_service_is_found_to_look_at_conditions(object_storage: Storage) -> None:
    """By whoever tries it first, and by those who find its object there."""
    settings = object_storage.settings()
    for _ in range(2):
        open_bucket(settings).prove()

    assert [entry.key for entry in open_bucket(settings).entries("")] == ["conditions"]


async def test_a_lost_answer_is_no_second_publication_and_no_failure(
    object_storage: Storage, door: StorageDoor, tmp_path: Path
) -> None:
    """The pointer was written, and nobody said so: it is looked up, and the job completes."""
    settings = object_storage.settings()
    store = store_of(door.beside(settings), tmp_path)
    assert await store.refusal() is None
    door.lose_reply_to("if-none-match")
    await publish(store)
    found = await store.find("project-1", "job-1")

    assert door.lost.is_set()
    assert found is not None
    assert len(folders(settings)) == 1


async def test_a_torn_part_is_sent_again(
    object_storage: Storage, door: StorageDoor, tmp_path: Path
) -> None:
    """A film that is sent in parts arrives whole."""
    settings = object_storage.settings()
    door.tear("partNumber=2")
    await publish(store_of(door.beside(settings), tmp_path), FILM)

    viewer = BucketViewer(open_bucket(settings), tmp_path)
    with viewer.opened("job-1") as preview:
        assert preview is not None
        file = preview.file("preview.mp4")
        assert file is not None
        with preview.open(file) as content:
            kept = content.read()
    assert door.torn.is_set()
    assert hashlib.sha256(kept).digest() == hashlib.sha256(FILM).digest()


async def test_an_upload_that_never_ends_well_leaves_the_older_preview(
    object_storage: Storage, door: StorageDoor, tmp_path: Path
) -> None:
    """The attempt fails as one that is tried again, and readers see what they saw."""
    store = store_of(door.beside(object_storage.settings()), tmp_path, patient=False)
    await publish(store)
    before = await store.find("project-1", "job-1")
    door.tear("preview.mp4")

    with pytest.raises(PreviewError) as caught:
        await publish(store, b"newer")
    assert caught.value.code is ErrorCode.STORAGE
    assert await store.find("project-1", "job-1") == before


async def test_a_storage_that_falls_silent_is_told_and_comes_back(
    object_storage: Storage, door: StorageDoor, tmp_path: Path
) -> None:
    """Nobody waits for ever, and readiness has the reason."""
    settings = replace(door.beside(object_storage.settings()), timeout_s=1)
    store = store_of(settings, tmp_path, patient=False)
    door.silence()

    with pytest.raises(PreviewError, match="did not answer in time"):
        await store.find("project-1", "job-1")
    assert "did not answer in time" in str(await store.refusal())
    door.resume()
    await asyncio.to_thread(open_bucket(replace(settings, timeout_s=60)).read, "anything")


async def test_a_bucket_that_is_not_there_is_told(object_storage: Storage, tmp_path: Path) -> None:
    """A wrong name is not taken for a bucket without previews."""
    settings = replace(object_storage.settings(), url="s3://no-such-bucket")

    assert "404 Not Found (NoSuchBucket)" in str(await store_of(settings, tmp_path).refusal())


async def test_the_interface_hands_out_what_another_machine_published(
    object_storage: Storage, queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Whole, in ranges, and as a signed address where that is wanted."""
    settings = object_storage.settings()
    await publish(store_of(settings, tmp_path / "worker"), FILM)
    chosen: dict[str, Any] = {
        "preview_storage_url": settings.url,
        "preview_storage_endpoint": settings.endpoint,
        "preview_storage_allow_http": True,
        "preview_storage_access_key_id": settings.access_key_id,
        "preview_storage_secret_access_key": settings.secret_access_key,
    }
    address = "/api/v1/jobs/job-1/artifacts/preview"
    async with counter(queue_settings, tmp_path / "server", **chosen) as served:
        whole = await served.client.get(address)
        part = await served.client.get(address, headers={"range": "bytes=9000000-9000009"})
        listed = await served.client.get("/api/v1/jobs/job-1/artifacts")
        missing = await served.client.get("/api/v1/jobs/job-2/artifacts")
    async with counter(
        queue_settings, tmp_path / "server", preview_storage_redirect_s=60, **chosen
    ) as served:
        sent = await served.client.get(address)
        played = await served.client.get(address, headers={"sec-fetch-dest": "video"})
        direct = await served.client.get(sent.headers["location"], headers={"range": "bytes=0-3"})

    assert (whole.status_code, whole.content == FILM) == (200, True)
    assert (part.status_code, part.content) == (206, FILM[9_000_000:9_000_010])
    assert "preview.mp4" in {one["name"] for one in listed.json()["artifacts"]}
    assert missing.status_code == 404
    assert (sent.status_code, played.status_code) == (307, 200)
    assert (direct.content, direct.headers["content-type"]) == (FILM[:4], "video/mp4")


def test_a_listing_goes_on_where_it_stopped(object_storage: Storage) -> None:
    """So a walk through a large bucket can be made in steps."""
    bucket: Bucket = open_bucket(object_storage.settings())
    for number in range(5):
        bucket.write(f"previews/a/b/{number}", b"x", {})
    first = [entry.key for entry in bucket.entries("previews")][:2]

    rest = [entry.key for entry in bucket.entries("previews", first[-1])]
    assert first + rest == [f"previews/a/b/{number}" for number in range(5)]
    bucket.remove([*first, *rest])
    assert list(bucket.entries("previews")) == []
