"""Reading and writing the bits of H.264 headers (ITU-T H.264, 7.2, 7.4.1 and 9.1)."""

from __future__ import annotations

import re

START_CODE = b"\0\0\0\1"
_START = re.compile(rb"\x00{2,3}\x01")


def split_units(stream: bytes) -> list[bytes]:
    """Return the NAL units of a byte stream (annex B), without their start codes."""
    return [unit for unit in _START.split(stream) if unit]


def framed(units: list[bytes]) -> bytes:
    """Return units as MP4 stores them: each behind its length in four bytes (ISO 14496-15)."""
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)


def unframed(sample: bytes) -> list[bytes]:
    """Return the units of a sample that ``framed`` made."""
    units, position = [], 0
    while position < len(sample):
        start = position + 4
        position = start + int.from_bytes(sample[position:start], "big")
        units.append(sample[start:position])
    return units


class BitReader:
    """Reads a NAL unit's payload from its first bit after the one-byte header."""

    def __init__(self, unit: bytes) -> None:
        """Take out the emulation prevention bytes first."""
        self._bytes = unit[1:].replace(b"\0\0\3", b"\0\0")
        self._position = 0

    def rest(self) -> str:
        """Return all bits that were not read yet, the trailing ones included, as 0s and 1s."""
        size = len(self._bytes) * 8
        return f"{int.from_bytes(self._bytes, 'big'):0{size}b}"[self._position :]

    def bits(self, count: int) -> int:
        """Read an unsigned number of ``count`` bits: u(n)."""
        value = 0
        for _ in range(count):
            byte = self._bytes[self._position >> 3]
            value = value << 1 | (byte >> (7 - (self._position & 7)) & 1)
            self._position += 1
        return value

    def exp_golomb(self) -> int:
        """Read an unsigned Exp-Golomb number: ue(v)."""
        zeros = 0
        while not self.bits(1):
            zeros += 1
        return (1 << zeros) - 1 + self.bits(zeros)


class BitWriter:
    """Collects the bits of a NAL unit's payload."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._bits: list[str] = []

    def bits(self, value: int, count: int) -> None:
        """Write ``value`` in ``count`` bits: u(n)."""
        if count:
            self._bits.append(f"{value:0{count}b}")

    def exp_golomb(self, value: int) -> None:
        """Write ``value`` as an unsigned Exp-Golomb number: ue(v)."""
        code = f"{value + 1:b}"
        self._bits.append("0" * (len(code) - 1) + code)

    def copy(self, rest: str) -> None:
        """Write what ``BitReader.rest`` returned, without its trailing bits."""
        self._bits.append(rest.rstrip("0")[:-1])

    def unit(self, header: int) -> bytes:
        """Return the NAL unit with its trailing bits and emulation prevention bytes."""
        text = "".join(self._bits) + "1"
        text += "0" * (-len(text) % 8)
        payload = int(text, 2).to_bytes(len(text) // 8, "big")
        kept, zeros = bytearray(), 0
        for byte in payload:
            if zeros >= 2 and byte <= 3:  # noqa: PLR2004 -- 00 00 0x must not occur: 7.4.1.1
                kept.append(3)
                zeros = 0
            kept.append(byte)
            zeros = 0 if byte else zeros + 1
        return bytes([header]) + bytes(kept)
