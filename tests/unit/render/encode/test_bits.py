"""Bits are written as they are read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from preview_worker.render.encode.bits import BitReader, BitWriter, split_units


@given(st.lists(st.integers(0, 70_000), min_size=1))
def test_exponential_numbers_survive(numbers: list[int]) -> None:
    """Whatever they are, and whatever emulation prevention adds."""
    writer = BitWriter()
    for number in numbers:
        writer.exp_golomb(number)
    reader = BitReader(writer.unit(0x61))

    assert [reader.exp_golomb() for _ in numbers] == numbers


@given(st.lists(st.integers(0, 255), min_size=1))
def test_a_unit_holds_no_start_code(numbers: list[int]) -> None:
    """Three zero-like bytes in a row are broken up by a 3."""
    writer = BitWriter()
    for number in numbers:
        writer.bits(number, 8)
    unit = writer.unit(0x61)

    assert not [n for n in range(len(unit)) if unit[n : n + 2] == b"\0\0" and unit[n + 2] < 3]
    reader = BitReader(unit)
    assert [reader.bits(8) for _ in numbers] == numbers


def test_units_are_split_at_start_codes() -> None:
    """Of three bytes and of four."""
    assert split_units(b"\0\0\0\1ab\0\0\1c\0\0\0\1d") == [b"ab", b"c", b"d"]
