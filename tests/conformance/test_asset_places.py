"""What every place of assets promises: a name means the same in a folder and in a bucket."""

from __future__ import annotations

from pathlib import Path

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from tests.ceph import Storage
from tests.depots import AssetPlace, RootPlace, a_bucket_at, a_bucket_of_memory

pytestmark = pytest.mark.anyio

ODD_NAMES = (
    "a b.png",
    "50%.png",
    "%2e%2e",
    "a%2Fb.png",
    "what?#+&=.png",
    "~'\"()[]{}*!$@,;:.png",
    "back\\slash.png",
    "été/駒.png",
    "🎲.png",
    "...",
    ".hidden",
)
REFUSED = {
    "..": ErrorCode.ASSET_REF,
    "../secret": ErrorCode.ASSET_REF,
    "a/../../secret": ErrorCode.ASSET_REF,
    "a/../board.png": ErrorCode.ASSET_REF,
    "nul\0.png": ErrorCode.ASSET_REF,
    ".": ErrorCode.ASSET_REF,
    "/etc/passwd": ErrorCode.ASSET_FORBIDDEN,
    "//host.example.org/a.png": ErrorCode.ASSET_FORBIDDEN,
    "http://127.0.0.1/a.png": ErrorCode.ASSET_FORBIDDEN,
    "file:///etc/passwd": ErrorCode.ASSET_FORBIDDEN,
    "s3://somebody-elses/board.png": ErrorCode.ASSET_FORBIDDEN,
    "s3:board.png": ErrorCode.ASSET_FORBIDDEN,
    "%2e%2e/secret": ErrorCode.ASSET_MISSING,
    "..%2fsecret": ErrorCode.ASSET_MISSING,
    "%252e%252e%252fsecret": ErrorCode.ASSET_MISSING,
    "..\\secret": ErrorCode.ASSET_MISSING,
    "\u2024\u2024/secret": ErrorCode.ASSET_MISSING,
    "\x01.png": ErrorCode.ASSET_MISSING,
    "BOARD.PNG": ErrorCode.ASSET_MISSING,
    "board.png ": ErrorCode.ASSET_MISSING,
    "board.png/more": ErrorCode.ASSET_MISSING,
    "n" * 2000: ErrorCode.ASSET_MISSING,
    "": ErrorCode.ASSET_REF,
}


@pytest.fixture(params=["root", "memory", "ceph"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> AssetPlace:
    """Return each kind of place in turn, empty."""
    if request.param == "root":
        (tmp_path / "root").mkdir()
        return RootPlace(tmp_path / "root")
    if request.param == "memory":
        return a_bucket_of_memory(tmp_path)
    storage: Storage = request.getfixturevalue("object_storage")
    return a_bucket_at(storage.settings(), tmp_path)


async def refusal_of(place: AssetPlace, *names: str, max_bytes: int = 1000) -> ErrorCode:
    """Return why nothing is read."""
    with pytest.raises(PreviewError) as caught:
        await place.read(*names, max_bytes=max_bytes)
    return caught.value.code


async def test_what_was_put_is_read(place: AssetPlace) -> None:
    """At the top, and in folders, however their names are joined."""
    place.put("board.png", b"board")
    place.put("games/go/stone.png", b"stone")

    assert await place.read("board.png") == b"board"
    assert await place.read("games/go/stone.png") == b"stone"
    assert await place.read("./games//go/./stone.png") == b"stone"


async def test_a_name_is_taken_as_it_is_written(place: AssetPlace) -> None:
    """Nothing in it is decoded, and nothing has a meaning of its own."""
    for number, name in enumerate(ODD_NAMES):
        place.put(name, str(number).encode())

    read = [await place.read(name) for name in ODD_NAMES]
    assert read == [str(number).encode() for number in range(len(ODD_NAMES))]


@pytest.mark.parametrize("name", REFUSED, ids=lambda name: repr(name[:30]))
async def test_no_name_leads_outside(place: AssetPlace, name: str) -> None:
    """Each is refused for the same reason wherever assets are."""
    place.put("board.png", b"board")
    place.put("a/board.png", b"board")

    assert await refusal_of(place, name) is REFUSED[name]


async def test_the_first_name_that_is_there_counts(place: AssetPlace) -> None:
    """Those before it are missing, or were refused."""
    place.put("second.png", b"second")
    place.put("third.png", b"third")

    assert await place.read("first.png", "second.png", "third.png") == b"second"
    assert await place.read("../first.png", "third.png") == b"third"


async def test_an_asset_of_exactly_as_many_bytes_as_it_may_have_is_read(place: AssetPlace) -> None:
    """One more is too many; none at all are an asset, too."""
    place.put("whole.png", b"x" * 1000)
    place.put("more.png", b"x" * 1001)
    place.put("empty.png", b"")

    assert len(await place.read("whole.png")) == 1000
    assert await refusal_of(place, "more.png") is ErrorCode.ASSET_SIZE
    assert await place.read("empty.png") == b""


async def test_a_replaced_asset_is_read_anew(place: AssetPlace) -> None:
    """What is kept of the older one is never taken for it."""
    place.put("board.png", b"older")
    assert await place.read("board.png") == b"older"
    place.put("board.png", b"newer")

    assert await place.read("board.png") == b"newer"
