"""Held pictures are written in the words of the stream's own headers."""

from __future__ import annotations

import pytest

from preview_worker.render.encode.bits import START_CODE, BitReader, BitWriter, framed, unframed
from preview_worker.render.encode.holding import ShownAgain, SkippedPictures


def _headers(*, profile: int = 66, order: int = 2, cabac: int = 0, weighted: int = 0) -> bytes:
    sps = BitWriter()
    for value, count in ((profile, 8), (0, 8), (31, 8)):
        sps.bits(value, count)
    for value in (0, 1, order, 1):
        sps.exp_golomb(value)
    sps.bits(0, 1)
    sps.exp_golomb(19)
    sps.exp_golomb(10)
    sps.bits(1, 1)
    pps = BitWriter()
    pps.exp_golomb(0)
    pps.exp_golomb(0)
    pps.bits(cabac, 1)
    pps.bits(0, 1)
    for _ in range(3):
        pps.exp_golomb(0)
    pps.bits(weighted, 1)
    pps.bits(0, 2)
    for _ in range(3):
        pps.exp_golomb(0)
    pps.bits(1, 1)
    return START_CODE + sps.unit(0x67) + START_CODE + pps.unit(0x68)


def test_the_headers_are_read() -> None:
    """Twenty macroblocks by eleven, and five bits of frame number."""
    assert SkippedPictures.of(_headers()) == SkippedPictures(5, 220, deblocking_told=True)


def test_a_held_picture_skips_all_macroblocks() -> None:
    """Its frame number is one higher than the one before it, and wraps."""
    holder = SkippedPictures.of(_headers())
    numbers = []
    for distance in (1, 2, 31, 32, 33):
        (unit,) = unframed(holder.hold(distance))
        reader = BitReader(unit)
        assert [reader.exp_golomb() for _ in range(3)] == [0, 5, 0]
        numbers.append(reader.bits(5))
        reader.bits(3)
        assert [reader.exp_golomb() for _ in range(3)] == [0, 1, 220]

    assert numbers == [1, 2, 31, 0, 1]


@pytest.mark.parametrize("changed", [{"profile": 100}, {"order": 0}, {"cabac": 1}, {"weighted": 1}])
def test_a_stream_of_another_kind_is_not_held(changed: dict[str, int]) -> None:
    """Rather than broken."""
    with pytest.raises(ValueError, match="cannot be held"):
        SkippedPictures.of(_headers(**changed))


def test_a_key_frame_behind_another_has_another_number() -> None:
    """Only idr_pic_id differs; all that follows stays as it was, however it is shifted."""
    writer = BitWriter()
    for value in (0, 7, 0):
        writer.exp_golomb(value)
    writer.bits(0, 5)
    writer.exp_golomb(0)
    for bit in (1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0):
        writer.bits(bit, 1)
    key = framed([b"\x06\x05", writer.unit(0x65)])
    holder = SkippedPictures.of(_headers())
    other = holder.told_apart(key, key)
    note, unit = unframed(other)
    reader = BitReader(unit)

    assert note == b"\x06\x05"
    assert [reader.exp_golomb() for _ in range(3)] == [0, 7, 0]
    assert (reader.bits(5), reader.exp_golomb()) == (0, 1)
    assert reader.rest().rstrip("0") == "1001100000000000000101"
    assert holder.told_apart(other, other) == key


def test_a_key_frame_that_differs_already_stays_as_it_is() -> None:
    """Encoders number their own key frames in turns; those must not be made equal again."""
    holder = SkippedPictures.of(_headers())
    keys = []
    for number in (0, 1):
        writer = BitWriter()
        for value in (0, 7, 0):
            writer.exp_golomb(value)
        writer.bits(0, 5)
        writer.exp_golomb(number)
        writer.bits(5, 3)
        keys.append(framed([writer.unit(0x65)]))

    assert holder.told_apart(keys[1], keys[0]) == keys[1]
    assert holder.told_apart(keys[0], keys[1]) == keys[0]


def test_vp9_shows_its_first_slot_again() -> None:
    """Frame marker, profile 0, show_existing_frame, slot 0."""
    assert ShownAgain().hold(1) == bytes([0b10_00_1_000])
