"""What every ``PreviewStore`` promises, whatever keeps the previews.

A new store joins by one more entry in ``STORES``.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from preview_worker.artifacts import (
    ArtifactSettings,
    FencedError,
    PreviewStore,
    PublishedPreview,
)
from preview_worker.artifacts.local import LocalStore
from preview_worker.artifacts.objects.bucket import Bucket, open_bucket
from preview_worker.artifacts.objects.store import BucketStore
from preview_worker.contract import ErrorCode, PreviewError, RenderedFile
from tests.ceph import Storage
from tests.unit.artifacts.drafts import CONTENT, draft, fill, not_ours, ours, ours_after, rendered

pytestmark = pytest.mark.anyio


def local_store(folder: Path) -> PreviewStore:
    """Return a store on the local disk."""
    return LocalStore(ArtifactSettings(data_dir=folder))


def memory_store(folder: Path) -> PreviewStore:
    """Return a store in a bucket of this process, which honours conditions as S3 does."""
    settings = ArtifactSettings(data_dir=folder)
    return BucketStore(Bucket(MemoryStore()), "s3://previews", settings)


def ceph_store(folder: Path, storage: Storage) -> PreviewStore:
    """Return a store in a bucket of a real S3 service."""
    settings = storage.settings()
    return BucketStore(open_bucket(settings), settings.url, ArtifactSettings(data_dir=folder))


STORES: dict[str, Callable[[Path], PreviewStore]] = {
    "local": local_store,
    "memory": memory_store,
}


@pytest.fixture(params=[*STORES, "ceph"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> PreviewStore:
    """Return each kind of store in turn, empty."""
    if request.param == "ceph":
        storage: Storage = request.getfixturevalue("object_storage")
        return ceph_store(tmp_path, storage)
    return STORES[request.param](tmp_path)


async def test_nothing_is_found_before_anything_is_published(store: PreviewStore) -> None:
    """A store that was never written to answers None."""
    assert await store.find("project-1", "job-1") is None


async def test_a_published_preview_is_found_as_it_was_published(store: PreviewStore) -> None:
    """The result of a reused preview is the result of the published one."""
    staging = await store.stage("project-1", "job-1", 2)
    fill(staging.directory)
    published = await store.publish(staging, draft(), ours)

    assert await store.find("project-1", "job-1") == published
    assert published.input_digest == "digest-1"


async def test_a_preview_is_found_by_its_own_job_alone(store: PreviewStore) -> None:
    """Neither another job nor another project sees it."""
    staging = await store.stage("project-1", "job-1", 2)
    fill(staging.directory)
    await store.publish(staging, draft(), ours)

    assert await store.find("project-1", "job-2") is None
    assert await store.find("project-2", "job-1") is None


async def test_the_result_lists_every_file_with_its_digest(store: PreviewStore) -> None:
    """Digests and sizes are those of the bytes that were rendered."""
    staging = await store.stage("project-1", "job-1", 2)
    fill(staging.directory)
    published = await store.publish(staging, draft(), ours)
    artifacts = published.result["artifacts"]

    assert isinstance(artifacts, list)
    told = {entry["name"]: (entry["bytes"], entry["sha256"]) for entry in artifacts}
    for name, content in CONTENT.items():
        assert told[name] == (len(content), hashlib.sha256(content).hexdigest())
    assert set(told) == {*CONTENT, "preview.json", "container.json"}
    assert published.size_bytes == sum(entry["bytes"] for entry in artifacts)


async def test_the_result_is_json(store: PreviewStore) -> None:
    """The queue stores it as the job's return value."""
    staging = await store.stage("project-1", "job-1", 2)
    fill(staging.directory)
    published = await store.publish(staging, draft(), ours)

    assert json.loads(json.dumps(published.result)) == published.result


async def test_a_closed_fence_publishes_nothing(store: PreviewStore) -> None:
    """A worker that lost its job leaves no trace."""
    staging = await store.stage("project-1", "job-1", 2)
    fill(staging.directory)

    with pytest.raises(FencedError, match="job 'job-1' is not ours any more"):
        await store.publish(staging, draft(), not_ours)
    assert await store.find("project-1", "job-1") is None
    assert not staging.directory.exists()


async def test_a_closed_fence_leaves_the_older_preview(store: PreviewStore) -> None:
    """What readers saw before they still see."""
    first = await store.stage("project-1", "job-1", 1)
    fill(first.directory)
    published = await store.publish(first, draft(), ours)
    second = await store.stage("project-1", "job-1", 2)
    fill(second.directory, {**CONTENT, "preview.mp4": b"other"})

    with pytest.raises(FencedError):
        await store.publish(second, draft(input_digest="digest-2"), not_ours)
    assert await store.find("project-1", "job-1") == published


async def test_the_fence_is_told_what_readers_see(store: PreviewStore) -> None:
    """It is given the number of the preview that stands there, 0 for none, to exceed it."""
    told = []

    async def fence(above: int) -> int:
        told.append(above)
        return above + 10

    for number in range(3):
        staging = await store.stage("project-1", "job-1", 1)
        fill(staging.directory)
        await store.publish(staging, draft(input_digest=f"digest-{number}"), fence)

    assert told == [0, 10, 20]


async def test_two_attempts_that_rendered_one_input_publish_it_once(store: PreviewStore) -> None:
    """R19: whoever comes later answers for the preview that readers see already."""
    first = await store.stage("project-1", "job-1", 1)
    fill(first.directory)
    second = await store.stage("project-1", "job-1", 3)
    fill(second.directory)
    published = await store.publish(first, draft(), ours)
    again = await store.publish(second, replace(draft(), attempt=3), ours_after(1))

    assert again == published
    assert await store.find("project-1", "job-1") == published


async def test_an_attempt_that_was_frozen_replaces_nothing_newer(store: PreviewStore) -> None:
    """P7, R13: what was admitted before a long freeze asks again, and finds the job lost."""
    newer: list[PublishedPreview] = []

    async def frozen(above: int) -> int | None:
        if newer:
            return None
        staging = await store.stage("project-1", "job-1", 2)
        fill(staging.directory, {**CONTENT, "preview.mp4": b"newer"})
        newer.append(await store.publish(staging, draft(input_digest="newer"), ours_after(above)))
        return above + 1

    staging = await store.stage("project-1", "job-1", 1)
    fill(staging.directory)
    with pytest.raises(FencedError):
        await store.publish(staging, draft(input_digest="older"), frozen)

    assert await store.find("project-1", "job-1") == newer[0]
    assert not staging.directory.exists()


async def test_an_attempt_that_lost_a_race_but_holds_its_job_publishes(
    store: PreviewStore,
) -> None:
    """Whoever holds the lock is right, whatever number stands there: it gets a greater one."""
    raced: list[int] = []

    async def slow(above: int) -> int:
        raced.append(above)
        if len(raced) == 1:
            staging = await store.stage("project-1", "job-1", 1)
            fill(staging.directory)
            await store.publish(staging, draft(input_digest="stale"), ours_after(41))
        return above + 1

    staging = await store.stage("project-1", "job-1", 2)
    fill(staging.directory)
    await store.publish(staging, draft(input_digest="rightful"), slow)
    found = await store.find("project-1", "job-1")

    assert found is not None
    assert (found.input_digest, raced) == ("rightful", [0, 42])


async def test_a_newer_preview_replaces_the_older(store: PreviewStore) -> None:
    """There is one preview per job, the last that was published."""
    for digest in ("digest-1", "digest-2", "digest-3"):
        staging = await store.stage("project-1", "job-1", 1)
        fill(staging.directory, {**CONTENT, "preview.mp4": digest.encode()})
        await store.publish(staging, draft(input_digest=digest), ours)
        found = await store.find("project-1", "job-1")
        assert found is not None
        assert found.input_digest == digest


async def test_a_dry_run_is_found_as_one(store: PreviewStore) -> None:
    """Nobody takes a plan for a film."""
    plan = {"chapters.json": b"[]"}
    preview = rendered((RenderedFile("chapters.json", "chapters", "application/json"),), None)
    staging = await store.stage("project-1", "job-1", 2)
    fill(staging.directory, plan)
    published = await store.publish(staging, draft(preview=preview), ours)

    assert published.dry_run
    assert published.result["dryRun"] is True


async def test_a_promised_file_that_is_missing_stops_the_publication(store: PreviewStore) -> None:
    """A preview is published whole or not at all."""
    staging = await store.stage("project-1", "job-1", 2)
    fill(staging.directory, {"preview.mp4": b"moving picture"})

    with pytest.raises(PreviewError, match=r"'poster\.jpg', but it is missing") as caught:
        await store.publish(staging, draft(), ours)
    assert caught.value.code is ErrorCode.PROTOCOL
    assert await store.find("project-1", "job-1") is None


async def test_stagings_of_one_job_are_apart(store: PreviewStore) -> None:
    """Two workers on one job do not write into one folder."""
    first, second = await asyncio.gather(*(store.stage("project-1", "job-1", 1) for _ in "ab"))

    assert first.directory != second.directory


async def test_discarding_removes_the_folder(store: PreviewStore) -> None:
    """Doing it twice does no harm."""
    staging = await store.stage("project-1", "job-1", 1)
    fill(staging.directory)
    await store.discard(staging)
    await store.discard(staging)

    assert not staging.directory.exists()


async def test_two_publishers_of_one_job_leave_one_whole_preview(store: PreviewStore) -> None:
    """Whoever comes last is seen, and never a mixture."""
    stagings = [await store.stage("project-1", "job-1", number) for number in range(6)]
    for number, staging in enumerate(stagings):
        fill(staging.directory, dict.fromkeys(CONTENT, b"%d" % number * 50))
    published = await asyncio.gather(
        *(
            store.publish(staging, draft(input_digest=str(number)), ours)
            for number, staging in enumerate(stagings)
        )
    )

    assert await store.find("project-1", "job-1") in published


async def test_sweeping_spares_what_is_in_use(store: PreviewStore) -> None:
    """A render that goes on is not swept away under its feet."""
    staging = await store.stage("project-1", "job-1", 1)
    fill(staging.directory)

    assert await store.sweep() == 0
    assert (staging.directory / "preview.mp4").read_bytes() == CONTENT["preview.mp4"]


async def test_a_store_with_room_refuses_nothing(store: PreviewStore) -> None:
    """None is the answer of a healthy store."""
    assert await store.refusal() is None


async def test_closing_twice_does_no_harm(store: PreviewStore) -> None:
    """Shutdown may come from two sides."""
    await store.stage("project-1", "job-1", 1)
    await store.close()
    await store.close()
