"""What previews in a bucket do beyond what every store does: layout, tidying, retention."""

from __future__ import annotations

import json
from dataclasses import replace

import obstore
import pytest

from preview_worker.artifacts import FencedError
from preview_worker.artifacts.objects.census import LOOKS
from tests.unit.artifacts.bucket_yard import HOUR_S, PLACE, Yard, publish, yard
from tests.unit.artifacts.drafts import CONTENT, draft, fill, not_ours, ours

pytestmark = pytest.mark.anyio

__all__ = ["yard"]


async def test_files_stand_in_a_folder_of_their_publication(yard: Yard) -> None:
    """Nothing but the pointer is ever written twice below a job's prefix."""
    await publish(yard.store())
    (folder,) = yard.folders()

    names = [*CONTENT, "preview.json", "container.json", "preview-manifest.json"]
    assert yard.keys() == sorted(
        [f"{PLACE}/current.json", *(f"{PLACE}/{folder}/{n}" for n in names)]
    )
    assert yard.keys("jobs") == ["jobs/job-1"]


async def test_every_file_says_what_it_is(yard: Yard) -> None:
    """A browser that is sent to the bucket gets the type, and may keep the file for ever."""
    await publish(yard.store())
    (folder,) = yard.folders()
    found = obstore.get(yard.objects, f"{PLACE}/{folder}/preview.mp4")

    assert found.attributes["Content-Type"] == "video/mp4"
    assert found.attributes["Cache-Control"] == "private, max-age=31536000, immutable"
    assert found.attributes["Content-Disposition"] == "inline; filename*=UTF-8''preview.mp4"


async def test_the_result_names_addresses_in_the_bucket(yard: Yard) -> None:
    """Paths are relative to the bucket's address, where DATA_DIR would be."""
    store = yard.store()
    await publish(store)
    found = await store.find("project-1", "job-1")
    (folder,) = yard.folders()

    assert found is not None
    assert found.result["manifestPath"] == (
        f"s3://previews/all/{PLACE}/{folder}/preview-manifest.json"
    )


async def test_a_manifest_that_was_changed_is_no_preview(yard: Yard) -> None:
    """The pointer holds its digest."""
    store = yard.store()
    await publish(store)
    (folder,) = yard.folders()
    key = f"{PLACE}/{folder}/preview-manifest.json"
    document = json.loads(bytes(obstore.get(yard.objects, key).bytes()))
    obstore.put(yard.objects, key, json.dumps({**document, "attempt": 9}).encode())

    assert await store.find("project-1", "job-1") is None


async def test_a_pointer_of_strangers_is_no_preview_and_gives_way(yard: Yard) -> None:
    """Garbage there is replaced by the next publication."""
    store = yard.store()
    obstore.put(yard.objects, f"{PLACE}/current.json", b"garbage")

    assert await store.find("project-1", "job-1") is None
    await publish(store)
    assert await store.find("project-1", "job-1") is not None


async def test_a_worker_that_lost_its_job_leaves_no_files(yard: Yard) -> None:
    """What it had uploaded is taken back at once."""
    store = yard.store()
    staging = await store.stage("project-1", "job-1", 1)
    fill(staging.directory)

    with pytest.raises(FencedError):
        await store.publish(staging, draft(), not_ours)
    assert yard.keys() == []


async def test_a_worker_that_published_nothing_new_leaves_no_files(yard: Yard) -> None:
    """Another attempt had rendered the same input, and was sooner."""
    store = yard.store()
    await publish(store)
    before = yard.keys()
    staging = await store.stage("project-1", "job-1", 3)
    fill(staging.directory)
    await store.publish(staging, replace(draft(), attempt=3), ours)

    assert yard.keys() == before


async def test_readers_of_a_replaced_preview_have_a_while(yard: Yard) -> None:
    """Its files go ten minutes after it was replaced, not before."""
    store = yard.store()
    await publish(store)
    await publish(store, digest="digest-2")
    swept = [await store.sweep()]
    yard.ahead_s = HOUR_S
    swept.append(await store.sweep())

    assert swept == [0, 1]
    assert len(yard.folders()) == 1
    found = await store.find("project-1", "job-1")
    assert found is not None
    assert found.input_digest == "digest-2"


async def test_a_torn_upload_is_swept_after_hours(yard: Yard) -> None:
    """Its worker may still be at it before that: nothing tells from outside."""
    store = yard.store()
    obstore.put(yard.objects, f"{PLACE}/1-torn/preview.mp4", b"half of it")
    swept = []
    for yard.ahead_s in (0, HOUR_S, 7 * HOUR_S):
        swept.append(await store.sweep())

    assert swept == [0, 0, 1]
    assert yard.keys() == []


async def test_what_is_not_ours_is_left_alone(yard: Yard) -> None:
    """A bucket may hold other things, even below our prefix."""
    strangers = [
        "previews/readme.txt",
        "previews/a/b",
        "previews/a/b/current.json",
        "previews/a/b/c/d",
    ]
    for key in strangers:
        obstore.put(yard.objects, key, b"theirs")
    yard.ahead_s = 99 * HOUR_S

    assert await yard.store().sweep() == 0
    assert yard.keys() == sorted(strangers)


async def test_one_worker_tidies_for_all(yard: Yard) -> None:
    """Another takes over when nothing was heard of it for minutes."""
    first, second = yard.store(superseded_kept_s=0), yard.store(superseded_kept_s=0)
    await first.sweep()
    await publish(first)
    await publish(first, digest="digest-2")
    swept = [await second.sweep()]
    yard.ahead_s = 400
    swept.append(await second.sweep())

    assert swept == [0, 1]


async def test_a_sweep_by_hand_walks_through_everything_whoever_has_the_turn(yard: Yard) -> None:
    """A round of a worker ends after some thousand objects, and with the turn of another."""
    await yard.store().sweep()
    for number in range(LOOKS + 1):
        obstore.put(yard.objects, f"previews/project-1/job-1/1-torn/{number}", b"")
    obstore.put(yard.objects, "previews/project-1/job-2/1-torn/preview.mp4", b"")
    obstore.put(yard.objects, "tidying", b"another worker's")
    yard.ahead_s = 7 * HOUR_S

    assert await yard.store().sweep(whole=True) == 2
    assert yard.keys() == []


async def test_what_a_sweep_by_hand_found_due_is_retired(yard: Yard) -> None:
    """Whoever has the turn."""
    await publish(yard.store())
    await yard.store().sweep()
    yard.ahead_s = 200
    store = yard.store(retention_max_age_s=100, retention_spared_s=1)
    await store.sweep(whole=True)

    assert [one.job for one in await store.retire()] == ["job-1"]
    assert list(await store.retire()) == []


async def test_who_rests_after_a_walk_keeps_the_turn(yard: Yard) -> None:
    """Or each of many workers would walk through the whole bucket as soon as it may."""
    store = yard.store()
    await store.sweep()
    before = obstore.get(yard.objects, "tidying").bytes()
    yard.ahead_s = 250
    await store.sweep()

    assert obstore.get(yard.objects, "tidying").bytes() != before


async def test_a_preview_that_is_too_old_is_withdrawn_and_then_removed(yard: Yard) -> None:
    """It is out of readers' sight at once; whoever reads a file of it reads on."""
    store = yard.store(retention_max_age_s=24 * HOUR_S)
    await publish(store)
    yard.ahead_s = 25 * HOUR_S
    await store.sweep()
    (gone,) = await store.retire()

    assert (gone.project, gone.job, gone.reason) == ("project-1", "job-1", "age")
    assert await store.find("project-1", "job-1") is None
    assert len(yard.folders()) == 1

    yard.ahead_s += HOUR_S
    assert await store.sweep() == 1
    assert yard.folders() == set()


async def test_a_preview_that_was_found_is_young(yard: Yard) -> None:
    """Whoever looks for it wants to use it."""
    store = yard.store(retention_max_age_s=24 * HOUR_S)
    await publish(store)
    yard.ahead_s = 25 * HOUR_S
    await store.sweep()
    await store.find("project-1", "job-1")

    assert list(await store.retire()) == []
    assert await store.find("project-1", "job-1") is not None


async def test_the_oldest_go_when_there_is_too_much(yard: Yard) -> None:
    """Only as many as it takes."""
    store = yard.store(retention_max_bytes=1)
    await publish(store)
    await publish(store, "job-2")
    yard.ahead_s = HOUR_S
    due = [one.job for one in await store.retire(dry_run=True)]
    await store.sweep()
    gone = [one.job for one in await store.retire()]

    assert due == gone == ["job-1", "job-2"]


async def test_what_readers_do_not_see_is_not_too_much(yard: Yard) -> None:
    """What was replaced goes anyway, and no other preview has to make room for it."""
    await publish(yard.store())
    files = [key for key in yard.keys(PLACE) if key.count("/") > 3]
    one = sum(obstore.head(yard.objects, key)["size"] for key in files)
    store = yard.store(retention_max_bytes=2 * one + 1000)
    for number in range(3):
        await publish(store, digest=f"digest-{number}")
    await publish(store, "job-2")
    yard.ahead_s = HOUR_S
    due = await store.retire(dry_run=True)
    await store.sweep()

    assert [*due, *await store.retire()] == []


async def test_a_number_outlives_its_preview(yard: Yard) -> None:
    """A worker that was frozen while the preview was removed replaces nothing newer."""
    store = yard.store(retention_max_age_s=HOUR_S)
    for number in range(3):
        await publish(store, digest=f"digest-{number}")
    yard.ahead_s = 2 * HOUR_S
    await store.sweep()
    await store.retire()
    told: list[int] = []

    async def fence(above: int) -> None:
        told.append(above)

    staging = await store.stage("project-1", "job-1", 1)
    fill(staging.directory)
    with pytest.raises(FencedError):
        await store.publish(staging, draft(), fence)
    assert told == [3]
