"""Assets in a bucket: which addresses lead there, what is asked, and how much at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from preview_worker.assets import AssetVisit, Wanted
from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render import RenderSettings
from preview_worker.render.assets import FileAssets
from preview_worker.render.model import PictureRef
from tests.asset_host import says
from tests.depots import a_bucket_of_memory, a_fetcher
from tests.storage_service import ROOT, TAGGED, a_service, content_of

pytestmark = pytest.mark.anyio


async def test_what_is_unchanged_costs_one_request_without_an_answer_to_read(
    tmp_path: Path,
) -> None:
    """The service is told which version is here, and says that it is still so."""
    same = says(status="304 Not Modified", length=None, headers=TAGGED)
    visits: list[AssetVisit] = []
    async with a_service(says(b"picture", headers=TAGGED), same) as (service, depot):
        for _ in range(2):
            assert await content_of(depot, tmp_path, visits) == b"picture"
    conditions = [headers.get("if-none-match") for _, headers in service.requests]
    assert conditions == [None, '"one"']
    assert [(one.scheme, one.host) for one in visits] == [("s3", "pictures")] * 2
    assert [(one.size_bytes, one.cached, one.tries) for one in visits] == [
        (7, False, 1),
        (0, True, 1),
    ]


async def test_the_same_bytes_are_the_same_asset_whatever_their_tag(tmp_path: Path) -> None:
    """An object that was written again leads to the file that is kept, so to the same digest."""
    place = a_bucket_of_memory(tmp_path)
    address = f"{place.root}/a.png"
    found = []
    for _ in range(2):
        place.put("a.png", b"picture")
        async with place.fetcher.fetch({(address,): 1000}, place.visits.append) as fetched:
            found.append(fetched[address])
    assert found[0] == found[1]
    assert [visit.cached for visit in place.visits] == [False, False]


async def test_two_services_with_a_bucket_of_one_name_are_two(tmp_path: Path) -> None:
    """What one of them has is not what the other one has."""
    visits: list[AssetVisit] = []
    for content in (b"first", b"second"):
        async with a_service(says(content, headers=TAGGED)) as (service, depot):
            assert await content_of(depot, tmp_path, visits) == content
            assert "if-none-match" not in service.requests[0][1]


async def test_an_address_below_the_root_is_read(tmp_path: Path) -> None:
    """It is the same asset as that of the bare name."""
    place = a_bucket_of_memory(tmp_path)
    place.put("go/stone.png", b"stone")
    assert await place.read(f"{place.root}/go/stone.png") == b"stone"
    assert await place.read("go/stone.png") == b"stone"
    assert [visit.cached for visit in place.visits] == [False, True]


ELSEWHERE = {
    "s3://pictures/of games": ErrorCode.ASSET_FORBIDDEN,
    "s3://pictures/of games and more/a.png": ErrorCode.ASSET_FORBIDDEN,
    "s3://pictures/secret.png": ErrorCode.ASSET_FORBIDDEN,
    "s3://somebody-elses/a.png": ErrorCode.ASSET_FORBIDDEN,
    "s3://pictures@evil.example/of games/a.png": ErrorCode.ASSET_FORBIDDEN,
    "s3://pictures//of games/a.png": ErrorCode.ASSET_FORBIDDEN,
    "s3://pictures/of%20games/a.png": ErrorCode.ASSET_FORBIDDEN,
    "S3://pictures/of games/a.png": ErrorCode.ASSET_FORBIDDEN,
    "s3:/pictures/of games/a.png": ErrorCode.ASSET_FORBIDDEN,
    "s3a://pictures/of games/a.png": ErrorCode.ASSET_FORBIDDEN,
    "s3://pictures/of games/": ErrorCode.ASSET_REF,
    "s3://pictures/of games/../secret.png": ErrorCode.ASSET_REF,
    "s3://pictures/of games/a/../../secret.png": ErrorCode.ASSET_REF,
    "s3://pictures/of games/./a.png": ErrorCode.ASSET_REF,
    "s3://pictures/of games//a.png": ErrorCode.ASSET_REF,
    "s3://pictures/of games/a.png\0": ErrorCode.ASSET_REF,
    "s3://pictures/of games/%2e%2e/secret.png": ErrorCode.ASSET_MISSING,
    "s3://pictures/of games/a.png?versionId=1": ErrorCode.ASSET_MISSING,
    "s3://pictures/of games/a.png\n": ErrorCode.ASSET_MISSING,
    "s3://pictures/of games/\ud800.png": ErrorCode.ASSET_MISSING,
    f"s3://pictures/of games/{'n' * 1100}.png": ErrorCode.ASSET_MISSING,
}


@pytest.mark.parametrize("address", ELSEWHERE, ids=lambda address: ascii(address[-40:]))
async def test_no_address_leads_elsewhere(tmp_path: Path, address: str) -> None:
    """A payload chooses an object below the operator's root, and nothing else."""
    place = a_bucket_of_memory(tmp_path)
    place.put("a.png", b"picture")
    with pytest.raises(PreviewError) as caught:
        await place.read(address)
    assert caught.value.code is ELSEWHERE[address]


@pytest.mark.parametrize("address", ["s3://somebody-elses/a.png", "s3://pictures/of games/../a"])
async def test_the_fetcher_refuses_what_should_not_have_come_to_it(
    tmp_path: Path, address: str
) -> None:
    """It reads each address again, so nobody in front of it is trusted."""
    place = a_bucket_of_memory(tmp_path)
    async with place.fetcher.fetch({(address,): 1000}, place.visits.append) as fetched:
        assert isinstance(fetched[address], PreviewError)
    assert place.visits == []


async def test_a_file_that_is_here_keeps_the_bucket_unasked(tmp_path: Path) -> None:
    """Local roots come first; a name that they refuse is not looked for elsewhere either."""
    root = tmp_path / "root"
    (root / "games").mkdir(parents=True)
    (root / "here.png").write_bytes(b"here")
    (root / "link.png").symlink_to(root / "here.png")
    files = FileAssets(RenderSettings(asset_roots=(root,), asset_store=ROOT))

    def asked_for(*names: str) -> tuple[str, ...]:
        return files.addresses(PictureRef(names, "/here"))

    assert asked_for("here.png") == asked_for("link.png") == asked_for("../here.png") == ()
    assert asked_for("gone.png", "here.png", "more.png") == (f"{ROOT}/gone.png",)
    assert asked_for(f"{root}/games/go.png") == (f"{ROOT}/games/go.png",)


@dataclass
class _Parcel:
    size_bytes: int
    pieces: AsyncGenerator[bytes, None]
    standing: Literal["here"] = "here"
    tag: str = '"one"'


@dataclass
class _Crowd:
    """A depot that counts who is there at once, and announces less than it sends."""

    announced: int = 7
    root: str = ROOT
    service: str = "here"
    here: int = 0
    most: int = 0
    full: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self, path: str, known_tag: str) -> _Parcel:
        """Send seven bytes once the crowd is as large as it gets."""
        del known_tag
        return _Parcel(self.announced, self._pieces(path))

    async def _pieces(self, path: str) -> AsyncGenerator[bytes, None]:
        self.here += 1
        self.most = max(self.most, self.here)
        if self.here == 8 or path == "a.png":
            self.full.set()
        await self.full.wait()
        yield b"picture"
        self.here -= 1


async def test_eight_are_fetched_at_once_for_all_jobs_together(tmp_path: Path) -> None:
    """However many a tutorial has."""
    crowd = _Crowd()
    fetcher = a_fetcher(crowd, tmp_path)
    wanted: Wanted = {(f"{ROOT}/{number}.png",): 1000 for number in range(40)}

    async def a_job() -> int:
        async with fetcher.fetch(wanted) as fetched:
            return sum(isinstance(one, Path) for one in fetched.values())

    assert set(await asyncio.gather(a_job(), a_job())) == {40}
    assert crowd.most == 8


async def test_other_bytes_than_were_announced_are_no_asset(tmp_path: Path) -> None:
    """Fewer or more, up to where too many are refused."""
    for announced in (6, 8):
        with pytest.raises(PreviewError, match="other bytes than it announced"):
            await content_of(_Crowd(announced), tmp_path, [])
    crowd = _Crowd()
    async with a_fetcher(crowd, tmp_path).fetch({(f"{ROOT}/a.png",): 6}) as fetched:
        refusal = fetched[f"{ROOT}/a.png"]
    assert isinstance(refusal, PreviewError)
    assert refusal.code is ErrorCode.ASSET_SIZE


async def test_a_job_names_so_many_assets_in_the_bucket_and_no_more(tmp_path: Path) -> None:
    """None is asked for when they are too many."""
    crowd = _Crowd()
    wanted: Wanted = {(f"{ROOT}/{number}.png",): 1000 for number in range(2001)}
    with pytest.raises(PreviewError, match="names 2001 assets in the bucket; at most 2000"):
        async with a_fetcher(crowd, tmp_path).fetch(wanted):
            pass
    assert crowd.most == 0
