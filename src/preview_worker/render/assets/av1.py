"""The size that AV1 data is coded in, which need not be the one that the file around it tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_SEQUENCE_HEADER = 1
_MOST_LEVEL_WITHOUT_TIER = 7
_CONTINUED = 0x80


@dataclass(slots=True)
class _Bits:
    """Bits of a sequence header, first the highest; past the end there are zeros."""

    value: int
    left: int

    def take(self, count: int) -> int:
        self.left -= count
        if self.left < 0:
            return 0
        return self.value >> self.left & (1 << count) - 1


def coded_sizes(data: bytes) -> Iterator[tuple[int, int] | None]:
    """Yield what each unit in ``data`` tells: width and height, or None if it is about others."""
    place = 0
    while place + 1 < len(data):
        head = data[place]
        place += 2 if head & 0x04 else 1
        size, place = _length(data, place) if head & 0x02 else (len(data) - place, place)
        telling = head >> 3 & 0x0F == _SEQUENCE_HEADER
        yield _size(data[place : place + min(size, 256)]) if telling else None
        place += size


def _length(data: bytes, place: int) -> tuple[int, int]:
    """Return the number in seven bits a byte at ``place``, and where it ends."""
    value = 0
    for number, byte in enumerate(data[place : place + 8]):
        value |= (byte & 0x7F) << 7 * number
        if not byte & _CONTINUED:
            return value, place + number + 1
    return len(data), place


def _size(header: bytes) -> tuple[int, int]:
    bits = _Bits(int.from_bytes(header), 8 * len(header))
    bits.take(4)  # profile, still picture
    if bits.take(1):
        bits.take(5)
    else:
        _pass_operating_points(bits)
    wide, high = bits.take(4) + 1, bits.take(4) + 1
    return bits.take(wide) + 1, bits.take(high) + 1


def _pass_operating_points(bits: _Bits) -> None:
    """Go past what stands before the size in the header of something that may move."""
    delay_bits = 0
    if bits.take(1):
        bits.take(64)
        if bits.take(1):
            _pass_exponent(bits)
        if bits.take(1):
            delay_bits = bits.take(5) + 1
            bits.take(42)
    displays = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > _MOST_LEVEL_WITHOUT_TIER:
            bits.take(1)
        if delay_bits and bits.take(1):
            bits.take(2 * delay_bits + 1)
        if displays and bits.take(1):
            bits.take(4)


def _pass_exponent(bits: _Bits) -> None:
    zeros = 0
    while bits.left > 0 and not bits.take(1):
        zeros += 1
    bits.take(zeros)
