"""Those who read previews take turns at a bounded number of threads."""

from __future__ import annotations

import asyncio
from threading import Event

import pytest

from preview_worker.api.reading import ReadingRoom
from preview_worker.contract import ErrorCode, PreviewError

pytestmark = pytest.mark.anyio


async def test_who_finds_no_place_is_told_to_come_again() -> None:
    """And whoever comes when one is free again reads."""
    room, go_on = ReadingRoom(1, patience_s=0.01), Event()
    reading = asyncio.create_task(room.read(go_on.wait, 60))
    await asyncio.sleep(0)
    with pytest.raises(PreviewError) as caught:
        await room.read(str)
    go_on.set()

    assert caught.value.code is ErrorCode.STORAGE
    assert await reading
    assert await room.read(str, 7) == "7"


async def test_an_answer_that_has_begun_waits_for_its_place() -> None:
    """Its client would be left with half of a file."""
    room, go_on = ReadingRoom(1, patience_s=0.01), Event()
    reading = asyncio.create_task(room.read(go_on.wait, 60))
    await asyncio.sleep(0)
    going_on = asyncio.create_task(room.read_on(str, 7))
    await asyncio.wait([going_on], timeout=0.1)
    assert not going_on.done()

    go_on.set()
    assert await going_on == "7"
    assert await reading


async def test_a_place_is_free_again_after_a_failure() -> None:
    """Or every failure would leave one place less."""
    room = ReadingRoom(1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await room.read(lambda: 1 // 0)


async def test_pieces_come_in_order_and_the_empty_ones_end_nothing() -> None:
    """An archive has nothing to give now and then."""
    pieces = [b"a", b"", b"b"]

    assert [piece async for piece in ReadingRoom().each(iter(pieces))] == pieces
