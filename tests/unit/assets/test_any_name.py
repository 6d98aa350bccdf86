"""Whatever a payload calls an asset: a folder and a bucket agree on what that means."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from preview_worker.contract import ErrorCode, PreviewError
from tests.depots import AssetPlace, RootPlace, a_bucket_of_memory

PIECES = (
    "a",
    "board.png",
    "..",
    ".",
    "/",
    "//",
    "\\",
    "%2e",
    "%2F",
    ":",
    "s3:",
    "?",
    "#",
    "\0",
    " ",
)
WHOLE = st.text(st.characters(exclude_categories=["Cs"]), max_size=3)
"""Reading a payload leaves no half characters."""
NAMES = st.lists(st.sampled_from(PIECES) | WHOLE, max_size=6).map("".join)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[AssetPlace, AssetPlace]:
    """Return a folder and a bucket that have the same assets."""
    folder: Path = tmp_path_factory.mktemp("places")
    (folder / "root").mkdir()
    found: tuple[AssetPlace, AssetPlace] = RootPlace(folder / "root"), a_bucket_of_memory(folder)
    for place in found:
        place.put("board.png", b"top")
        place.put("a/board.png", b"below")
    return found


def verdict(place: AssetPlace, name: str) -> bytes | ErrorCode:
    """Return what is read, or why nothing is."""
    try:
        return asyncio.run(place.read(name))
    except PreviewError as error:
        return error.code


@given(name=NAMES)
@example(name="a/./board.png")
@example(name="..")
def test_any_name_is_read_or_refused_alike(
    places: tuple[AssetPlace, AssetPlace], name: str
) -> None:
    """A folder is no asset; a bucket knows no folders, so there it is one that is missing."""
    here, there = (verdict(place, name) for place in places)
    if here is ErrorCode.ASSET_REF and there is ErrorCode.ASSET_MISSING:
        assert Path(name).parts == ("a",)
    else:
        assert here == there
