"""What becomes of assets in a bucket whose service is slow, busy, gone or lies."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from preview_worker.assets import AssetVisit
from preview_worker.contract import ErrorCode, PreviewError
from tests.asset_host import Habit, resets, says
from tests.depots import PATIENCE_S, codes
from tests.storage_service import TAGGED, a_service, content_of, error, silent

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("habit", "told"),
    [
        (error("SlowDown", "503 Service Unavailable"), "503 Service Unavailable (SlowDown)"),
        (error("InternalError", "500 Internal Server Error"), "500 Internal Server Error"),
        (error("AccessDenied", "403 Forbidden"), "403 Forbidden (AccessDenied)"),
        (error("NoSuchBucket", "404 Not Found"), "404 Not Found (NoSuchBucket)"),
        (says(b"<html>no route</html>", "404 Not Found"), "404 Not Found"),
        (says(b"half", headers=TAGGED, length=100), "object storage failed"),
        (resets, "it cannot be reached"),
    ],
    ids=["busy", "broken", "denied", "no bucket", "no route", "cut short", "reset"],
)
async def test_storage_in_trouble_never_counts_as_a_missing_asset(
    tmp_path: Path, habit: Habit, told: str
) -> None:
    """A sound that is missing is left out, so trouble must not look like one: it fails the job."""
    visits: list[AssetVisit] = []
    async with a_service(habit) as (service, depot):
        with pytest.raises(PreviewError, match=r"'s3://pictures/games/a\.png'") as caught:
            await content_of(depot, tmp_path, visits)
    assert caught.value.code is ErrorCode.STORAGE
    assert told in caught.value.message
    assert len(service.requests) == 4
    assert codes(visits) == ["transient.storage"]


async def test_trouble_that_passes_is_lived_through(tmp_path: Path) -> None:
    """Within one attempt of the job."""
    busy = error("SlowDown", "503 Service Unavailable")
    torn = says(b"pic", headers=TAGGED, length=7)
    visits: list[AssetVisit] = []
    async with a_service(busy, resets, torn, says(b"picture", headers=TAGGED)) as (_, depot):
        assert await content_of(depot, tmp_path, visits) == b"picture"
    assert [(visit.tries, visit.code) for visit in visits] == [(4, None)]


async def test_an_outage_is_waited_for(tmp_path: Path) -> None:
    """However many tries it takes while patience lasts: no attempt of the job is spent on it."""
    busy = error("SlowDown", "503 Service Unavailable")
    visits: list[AssetVisit] = []
    async with a_service(*[busy] * 30, says(b"picture", headers=TAGGED)) as (_, depot):
        content = await content_of(depot, tmp_path, visits, patience_s=PATIENCE_S)
    assert content == b"picture"
    assert [visit.tries for visit in visits] == [31]


async def test_a_missing_object_is_asked_for_once(tmp_path: Path) -> None:
    """The service's own word is believed."""
    visits: list[AssetVisit] = []
    async with a_service(error("NoSuchKey", "404 Not Found")) as (service, depot):
        with pytest.raises(PreviewError) as caught:
            await content_of(depot, tmp_path, visits)
    assert caught.value.code is ErrorCode.ASSET_MISSING
    assert len(service.requests) == 1


async def test_storage_that_falls_silent_is_given_up(tmp_path: Path) -> None:
    """Each try waits for the storage's own time limit."""
    visits: list[AssetVisit] = []
    async with a_service(silent) as (service, depot):
        with pytest.raises(PreviewError, match="too slowly") as caught:
            await content_of(depot, tmp_path, visits, timeout_s=0.1)
    assert caught.value.code is ErrorCode.STORAGE
    assert len(service.requests) == 4


async def test_too_many_bytes_are_not_waited_for(tmp_path: Path) -> None:
    """What is announced is enough to refuse it."""
    visits: list[AssetVisit] = []
    async with a_service(says(b"x", headers=TAGGED, length=1001)) as (_, depot):
        with pytest.raises(PreviewError) as caught:
            await content_of(depot, tmp_path, visits)
    assert caught.value.code is ErrorCode.ASSET_SIZE
    assert visits[0].size_bytes == 0


async def test_a_job_that_is_cancelled_leaves_the_storage_alone(tmp_path: Path) -> None:
    """The connection is closed with it."""
    async with a_service(silent) as (service, depot):
        fetching = asyncio.create_task(content_of(depot, tmp_path, []))
        await service.came.wait()
        fetching.cancel()
        async with asyncio.timeout(PATIENCE_S):
            await service.left.wait()
        with pytest.raises(asyncio.CancelledError):
            await fetching
