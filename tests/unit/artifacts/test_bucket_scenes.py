"""Scenes in a bucket are found by all workers of their project, and go when nobody uses them."""

from __future__ import annotations

from collections.abc import Mapping

import obstore
import pytest

from preview_worker.artifacts import MOST_SCENE_BYTES
from preview_worker.artifacts.objects.bucket import Bucket
from preview_worker.artifacts.objects.scenes import BucketScenes, SceneSweep
from preview_worker.contract import ErrorCode, PreviewError
from tests.unit.artifacts.bucket_yard import Yard, publish, yard

pytestmark = pytest.mark.anyio

__all__ = ["yard"]

DAY_S = 86_400.0
KEYS = [f"{number:064x}" for number in range(7)]


def scenes_of(yard: Yard, max_age_s: float = 30 * DAY_S) -> BucketScenes:
    """Return the scenes of one more worker."""
    return BucketScenes(Bucket(yard.objects), max_age_s, yard.now)


async def test_what_one_worker_keeps_another_finds(yard: Yard) -> None:
    """Under the project and the digest."""
    await scenes_of(yard).keep("lighthouse", KEYS[0], b"a take")

    assert await scenes_of(yard).find("lighthouse", KEYS[0]) == b"a take"
    assert yard.keys("scenes") == [f"scenes/lighthouse/{KEYS[0]}"]


async def test_what_is_not_there_is_not_found(yard: Yard) -> None:
    """Neither another scene nor another project's."""
    await scenes_of(yard).keep("lighthouse", KEYS[0], b"a take")

    assert await scenes_of(yard).find("lighthouse", KEYS[1]) is None
    assert await scenes_of(yard).find("harbour", KEYS[0]) is None


async def test_a_scene_that_is_too_large_is_neither_kept_nor_fetched(yard: Yard) -> None:
    """Nobody has to hold it in memory."""
    scenes = scenes_of(yard)
    await scenes.keep("lighthouse", KEYS[0], bytes(MOST_SCENE_BYTES + 1))
    obstore.put(yard.objects, f"scenes/lighthouse/{KEYS[1]}", bytes(MOST_SCENE_BYTES + 1))

    assert len(yard.keys("scenes")) == 1
    assert await scenes.find("lighthouse", KEYS[1]) is None


async def test_a_scene_that_nobody_used_for_long_is_swept(yard: Yard) -> None:
    """By whoever tidies the bucket; the previews stay."""
    store = yard.store(scenes_max_age_s=30 * DAY_S)
    await publish(store)
    await scenes_of(yard).keep("lighthouse", KEYS[0], b"a take")

    yard.ahead_s = 29 * DAY_S
    assert await yard.store(scenes_max_age_s=30 * DAY_S).sweep() == 0
    yard.ahead_s = 31 * DAY_S
    assert await yard.store(scenes_max_age_s=30 * DAY_S).sweep() == 1
    assert yard.keys("scenes") == []
    assert len(yard.folders()) == 1


async def test_scenes_may_be_kept_for_ever(yard: Yard) -> None:
    """With an age of 0."""
    await scenes_of(yard).keep("lighthouse", KEYS[0], b"a take")
    yard.ahead_s = 1000 * DAY_S

    assert await yard.store(scenes_max_age_s=0).sweep() == 0
    assert len(yard.keys("scenes")) == 1


async def test_a_scene_of_use_is_made_young_again(yard: Yard) -> None:
    """When it is found after half of its time; before, that would be a write for nothing."""
    scenes = scenes_of(yard)
    await scenes.keep("lighthouse", KEYS[0], b"a take")
    place = f"scenes/lighthouse/{KEYS[0]}"
    first = obstore.head(yard.objects, place)["last_modified"]

    yard.ahead_s = 14 * DAY_S
    await scenes.find("lighthouse", KEYS[0])
    assert obstore.head(yard.objects, place)["last_modified"] == first
    yard.ahead_s = 16 * DAY_S
    assert await scenes.find("lighthouse", KEYS[0]) == b"a take"
    assert obstore.head(yard.objects, place)["last_modified"] > first


class ReadOnlyBucket(Bucket):
    """A bucket that takes nothing any more."""

    async def send(self, key: str, content: bytes, headers: Mapping[str, str]) -> None:
        """Refuse."""
        raise PreviewError(ErrorCode.STORAGE, f"{key}: {len(content)} bytes, {len(headers)}")


async def test_a_scene_that_cannot_be_made_young_again_is_found_all_the_same(yard: Yard) -> None:
    """We may only read there, or the storage has a moment of weakness."""
    await scenes_of(yard).keep("lighthouse", KEYS[0], b"a take")
    yard.ahead_s = 16 * DAY_S
    scenes = BucketScenes(ReadOnlyBucket(yard.objects), 30 * DAY_S, yard.now)
    assert await scenes.find("lighthouse", KEYS[0]) == b"a take"


async def test_a_sweep_looks_at_so_many_scenes_at_a_time(yard: Yard) -> None:
    """It goes on where it was, and says when it has seen all."""
    for key in KEYS:
        await scenes_of(yard).keep("lighthouse", key, b"a take")
    yard.ahead_s = 31 * DAY_S
    sweep = SceneSweep(Bucket(yard.objects), 30 * DAY_S, looks=3)

    assert [sweep.step(yard.now()) for _ in range(3)] == [(3, False), (3, False), (1, True)]
    assert yard.keys("scenes") == []
