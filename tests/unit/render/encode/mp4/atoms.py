"""A reader of MP4 boxes that knows nothing of the writer: only ISO/IEC 14496-12."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_CONTAINERS = {"moov", "trak", "mdia", "minf", "stbl", "edts", "udta", "dinf"}


@dataclass(frozen=True, slots=True)
class Atom:
    """A box: its kind, where its content begins in the file, its content, and what it holds."""

    kind: str
    start: int
    content: bytes
    inner: tuple[Atom, ...] = ()

    def find(self, path: str) -> Atom:
        """Return the first box at ``path`` below this one, ``"mdia/minf"``."""
        return next(self.all(path))

    def all(self, path: str) -> Iterator[Atom]:
        """Yield every box at ``path``."""
        kind, _, rest = path.partition("/")
        for atom in self.inner:
            if atom.kind == kind:
                yield from atom.all(rest) if rest else (atom,)

    def numbers(self, form: str, offset: int = 0) -> tuple[Any, ...]:
        """Return the numbers of ``form`` (big-endian) from ``offset`` of the content on."""
        return struct.unpack_from(f">{form}", self.content, offset)

    def rows(self, form: str) -> list[tuple[Any, ...]]:
        """Return the table of a full box: version and flags, a count, then so many rows."""
        (count,) = self.numbers("I", 4)
        row = struct.Struct(f">{form}")
        assert len(self.content) == 8 + count * row.size
        return list(row.iter_unpack(self.content[8:]))


def read_atoms(content: bytes, start: int = 0) -> tuple[Atom, ...]:
    """Return all boxes of ``content``, which must be filled by them to the last byte."""
    atoms, position = [], 0
    while position < len(content):
        size, kind = struct.unpack_from(">I4s", content, position)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", content, position + 8), 16
        assert head <= size <= len(content) - position, (kind, size)
        name, begin = kind.decode("ascii"), start + position + head
        inside = content[position + head : position + size]
        inner = read_atoms(inside, begin) if name in _CONTAINERS else ()
        atoms.append(Atom(name, begin, inside, inner))
        position += size
    return tuple(atoms)


def read_file(content: bytes) -> Atom:
    """Return a whole file as one box."""
    return Atom("file", 0, content, read_atoms(content))


def sample_places(table: Atom) -> list[tuple[int, int]]:
    """Return where each sample of a ``stbl`` lies in the file, and its size, as players do."""
    same, count = table.find("stsz").numbers("II", 4)
    listed = table.find("stsz").numbers(f"{count}I", 12) if not same else (same,) * count
    offsets = [row[0] for row in table.find("co64").rows("Q")]
    runs = table.find("stsc").rows("III")
    assert all(entry == 1 for _, _, entry in runs)
    ends = [first for first, _, _ in runs[1:]] + [len(offsets) + 1]
    places, number = [], 0
    for (first, samples, _), end in zip(runs, ends, strict=True):
        for offset in offsets[first - 1 : end - 1]:
            position = offset
            for _ in range(samples):
                places.append((position, listed[number]))
                position += listed[number]
                number += 1
    assert number == count
    return places
