"""A job's assets: tried again, kept, asked for again, bounded together, and let go."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate
from pathlib import Path

import pytest

from preview_worker.assets import AssetVisit, Wanted
from preview_worker.assets.cache import AssetCache
from preview_worker.assets.locator import read_locator
from preview_worker.contract import ErrorCode, PreviewError
from tests.asset_host import Desk, a_desk, hangs, leads_to, resets, says

pytestmark = pytest.mark.anyio

QUICK = {"backoff_s": 0.01, "max_pause_s": 0.02}
TAGGED = ['ETag: "one"', "Last-Modified: Tue, 15 Nov 1994 12:45:26 GMT"]


async def content_of(desk: Desk, address: str, max_bytes: int = 1000) -> bytes:
    """Fetch an asset and return its bytes."""
    async with desk.fetcher.fetch({(address,): max_bytes}) as fetched:
        path = fetched[address]
        assert isinstance(path, Path), path
        return path.read_bytes()


async def test_a_host_in_trouble_is_asked_again(tmp_path: Path) -> None:
    """D5: three troubles in a row are lived through within one attempt of the job."""
    async with a_desk(tmp_path, **QUICK) as desk:
        bad = says(status="503 Service Unavailable")
        address = desk.host.serve("/a.png", bad, resets, bad, says(b"picture"))
        assert await content_of(desk, address) == b"picture"
        assert len(desk.host.requests) == 4


async def test_a_host_in_lasting_trouble_is_left_to_the_jobs_backoff(tmp_path: Path) -> None:
    """D5: after four tries the job is told, and tries again as its producer asked."""
    async with a_desk(tmp_path, **QUICK) as desk:
        address = desk.host.serve("/a.png", says(status="500 Internal Server Error"))
        with pytest.raises(PreviewError, match="answered 500") as caught:
            await content_of(desk, address)
        assert caught.value.code is ErrorCode.ASSET
        assert len(desk.host.requests) == 4


@pytest.mark.parametrize("moment", [False, True])
async def test_a_host_that_asks_for_a_pause_gets_it(tmp_path: Path, *, moment: bool) -> None:
    """D5: as seconds or as a moment."""
    async with a_desk(tmp_path, **QUICK) as desk:
        until = formatdate(time.time() + 2, usegmt=True) if moment else "1"
        busy = says(status="429 Too Many Requests", headers=[f"Retry-After: {until}"])
        address = desk.host.serve("/a.png", busy, says(b"picture"))
        began_s = time.time()
        assert await content_of(desk, address) == b"picture"
        assert time.time() - began_s >= (0.5 if moment else 1)


@pytest.mark.parametrize("pause", ["61", "999999999", formatdate(time.time() + 3600, usegmt=True)])
async def test_a_long_pause_is_left_to_the_jobs_backoff(tmp_path: Path, pause: str) -> None:
    """D5: a render slot does not wait for a minute."""
    async with a_desk(tmp_path, **QUICK) as desk:
        busy = says(status="503 Service Unavailable", headers=[f"Retry-After: {pause}"])
        with pytest.raises(PreviewError, match="answered 503"):
            await content_of(desk, desk.host.serve("/a.png", busy))
        assert len(desk.host.requests) == 1


@pytest.mark.parametrize("pause", ["soon", "-1", "1e9", "Tue, 99 Nov 1994 12:45:26 GMT", "x" * 999])
async def test_a_pause_that_cannot_be_read_is_none(tmp_path: Path, pause: str) -> None:
    """The usual pauses do."""
    async with a_desk(tmp_path, **QUICK) as desk:
        busy = says(status="503 Service Unavailable", headers=[f"Retry-After: {pause}"])
        assert await content_of(desk, desk.host.serve("/a.png", busy, says(b"x"))) == b"x"


async def test_a_pause_that_does_not_fit_into_the_jobs_time_is_not_begun(tmp_path: Path) -> None:
    """The job fails at once rather than at the end of its time."""
    async with a_desk(tmp_path, job_timeout_s=5, **QUICK) as desk:
        busy = says(status="503 Service Unavailable", headers=["Retry-After: 30"])
        async with asyncio.timeout(4):
            with pytest.raises(PreviewError, match="answered 503"):
                await content_of(desk, desk.host.serve("/a.png", busy))


async def test_what_is_unchanged_is_not_sent_again(tmp_path: Path) -> None:
    """D9: the host is asked every time, with what it said last, and answers 304."""
    async with a_desk(tmp_path) as desk:
        same = says(status="304 Not Modified", length=None)
        address = desk.host.serve("/a.png", says(b"picture", headers=TAGGED), same)
        assert await content_of(desk, address) == b"picture"
        assert await content_of(desk, address) == b"picture"
        first, second = desk.host.requests
        assert "if-none-match" not in first.headers
        assert second.headers["if-none-match"] == '"one"'
        assert second.headers["if-modified-since"] == "Tue, 15 Nov 1994 12:45:26 GMT"


async def test_what_came_of_every_asset_is_told(tmp_path: Path) -> None:
    """From which host, how much came over the network, after how many tries, and why it did not."""
    told: list[AssetVisit] = []
    async with a_desk(tmp_path, **QUICK) as desk:
        bad, same = says(status="503 Busy"), says(status="304 Not Modified", length=None)
        there = desk.host.serve("/a.png", bad, says(b"picture", headers=TAGGED), same)
        gone = desk.host.serve("/gone.png", says(status="404 Not Found"))
        for _ in range(2):
            async with desk.fetcher.fetch({(there,): 1000}, told.append):
                pass
        async with desk.fetcher.fetch({(gone,): 1000}, told.append):
            pass
    facts = [(one.size_bytes, one.cached, one.tries, one.code) for one in told]
    code = ErrorCode.ASSET_MISSING.code
    assert facts == [(7, False, 2, None), (0, True, 1, None), (0, False, 1, code)]
    assert {one.host for one in told} == {read_locator(there).host}
    assert all(one.duration_s > 0 for one in told)


async def test_what_has_changed_is_noticed(tmp_path: Path) -> None:
    """D9: between two attempts, so that the second shows what the address leads to by then."""
    async with a_desk(tmp_path) as desk:
        first = says(b"picture", headers=TAGGED)
        address = desk.host.serve("/a.png", first, says(b"other", headers=['ETag: "two"']))
        assert await content_of(desk, address) == b"picture"
        assert await content_of(desk, address) == b"other"


async def test_a_validator_goes_to_whom_it_came_from(tmp_path: Path) -> None:
    """A host that redirects knows nothing of the tags of where it leads to."""
    async with a_desk(tmp_path) as desk:
        same = says(status="304 Not Modified", length=None)
        address = desk.host.serve("/a.png", leads_to("/b.png"))
        desk.host.serve("/b.png", says(b"picture", headers=TAGGED), same)
        assert await content_of(desk, address) == b"picture"
        assert await content_of(desk, address) == b"picture"
        asked = [(one.path, "if-none-match" in one.headers) for one in desk.host.requests]
        assert asked == [("/a.png", False), ("/b.png", False), ("/a.png", False), ("/b.png", True)]


async def test_a_damaged_copy_is_fetched_anew(tmp_path: Path) -> None:
    """The host is not even told that there was one."""
    async with a_desk(tmp_path) as desk:
        address = desk.host.serve("/a.png", says(b"picture", headers=TAGGED))
        async with desk.fetcher.fetch({(address,): 1000}) as fetched:
            path = fetched[address]
            assert isinstance(path, Path)
        path.write_bytes(b"pictore")
        assert await content_of(desk, address) == b"picture"
        assert "if-none-match" not in desk.host.requests[1].headers


async def test_the_first_address_that_can_be_had_is_taken(tmp_path: Path) -> None:
    """The next is asked only when the one before it is refused for good."""
    async with a_desk(tmp_path) as desk:
        gone = desk.host.serve("/gone.png", says(status="404 Not Found"))
        there = desk.host.serve("/there.png", says(b"picture"))
        spare = desk.host.serve("/spare.png", says(b"other"))
        async with desk.fetcher.fetch({(gone, there, spare): 1000}) as fetched:
            assert set(fetched) == {gone, there}
            assert isinstance(fetched[gone], PreviewError)


async def test_assets_are_fetched_side_by_side_but_not_all_at_once(tmp_path: Path) -> None:
    """Four for a job, so that nobody's host is swamped."""
    async with a_desk(tmp_path, tries=1) as desk:
        running, most, full = 0, 0, asyncio.Event()

        async def habit(writer: asyncio.StreamWriter) -> None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            if running == 4:
                full.set()
            await full.wait()
            running -= 1
            await says(b"picture")(writer)

        addresses = [desk.host.serve(f"/{n}.png", habit) for n in range(12)]
        async with desk.fetcher.fetch({(one,): 1000 for one in addresses}) as fetched:
            assert len(fetched) == 12
        assert most == 4


async def test_two_jobs_together_ask_one_host_for_no_more(tmp_path: Path) -> None:
    """Two of them are four as well."""
    async with a_desk(tmp_path, tries=1) as desk:
        running, most, full = 0, 0, asyncio.Event()

        async def habit(writer: asyncio.StreamWriter) -> None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            if running == 4:
                full.set()
            await full.wait()
            running -= 1
            await says(b"picture")(writer)

        async def job(start: int) -> None:
            addresses = [desk.host.serve(f"/{n}.png", habit) for n in range(start, start + 6)]
            async with desk.fetcher.fetch({(one,): 1000 for one in addresses}):
                pass

        await asyncio.gather(job(0), job(6))
        assert most == 4


async def test_a_job_may_not_receive_without_end(tmp_path: Path) -> None:
    """D7: what is fine for each asset may be too much for all of them."""
    async with a_desk(tmp_path, max_job_bytes=2500, at_once=1) as desk:
        addresses = [desk.host.serve(f"/{n}.png", says(bytes([n]) * 1000)) for n in range(4)]
        async with desk.fetcher.fetch({(one,): 1000 for one in addresses}) as fetched:
            found = [fetched[one] for one in addresses]
        assert [isinstance(one, Path) for one in found] == [True, True, False, False]
        assert isinstance(found[2], PreviewError)
        assert found[2].code is ErrorCode.ASSET_SIZE


async def test_a_job_may_not_name_assets_without_end(tmp_path: Path) -> None:
    """None of them is fetched."""
    async with a_desk(tmp_path, max_assets=3) as desk:
        wanted: Wanted = {(desk.host.url(f"/{n}.png"),): 1000 for n in range(4)}
        with pytest.raises(PreviewError, match="names 4 assets at other hosts; at most 3"):
            async with desk.fetcher.fetch(wanted):
                pass
        assert desk.network.connected == []


async def test_a_jobs_assets_have_one_time_for_all(tmp_path: Path) -> None:
    """D6: however many of them are slow."""
    async with a_desk(tmp_path, job_timeout_s=0.3) as desk:
        with pytest.raises(PreviewError, match=r"not all fetched within 0\.3 s") as caught:
            await content_of(desk, desk.host.serve("/a.png", hangs))
        assert caught.value.code is ErrorCode.ASSET_SLOW


async def test_cancelling_ends_every_transfer(tmp_path: Path) -> None:
    """The hosts see their connections close, and nothing is left of what had come."""
    async with a_desk(tmp_path) as desk:
        job = asyncio.create_task(content_of(desk, desk.host.serve("/a.png", hangs)))
        await desk.host.served.wait()
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        async with asyncio.timeout(10):
            await desk.host.ended.wait()
        assert desk.left_over() == []


async def test_what_a_job_uses_outlives_the_limit_of_the_cache(tmp_path: Path) -> None:
    """It goes when the job has ended and another one needs the room."""
    async with a_desk(tmp_path, cache_max_bytes=1500) as desk:
        cache = AssetCache(desk.settings.folder, 1500)
        first = desk.host.serve("/1.png", says(b"1" * 1000))
        second = desk.host.serve("/2.png", says(b"2" * 1000))
        async with desk.fetcher.fetch({(first,): 1000}) as held:
            assert await content_of(desk, second) == b"2" * 1000
            path = held[first]
            assert isinstance(path, Path)
            cache.trim()
            assert path.read_bytes() == b"1" * 1000
        await content_of(desk, second)
        assert not path.exists() or cache.trim() == 1
