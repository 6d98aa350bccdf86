"""Sample tables say where each sample lies, and how large it is, in as few words as they can."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from preview_worker.render.encode.mp4.boxes import box
from preview_worker.render.encode.mp4.tables import SampleTables
from tests.unit.render.encode.mp4.atoms import Atom, read_atoms, sample_places

ENTRY = box(b"stsd", bytes(8))
CHUNKS = st.lists(
    st.tuples(st.integers(0, 2**40), st.lists(st.integers(1, 2**32 - 1), min_size=1, max_size=4)),
    min_size=1,
    max_size=8,
)


def _table(chunks: list[tuple[int, list[int]]], moved: int = 0, *, key: bool = False) -> Atom:
    tables = SampleTables()
    for offset, sizes in chunks:
        tables.begin_chunk(offset)
        for size in sizes:
            tables.add(size, key=key)
    (atom,) = read_atoms(tables.boxes(ENTRY, [(1, 2)], moved))
    return atom


@given(CHUNKS, st.integers(0, 2**40))
def test_every_sample_is_found_where_it_lies(
    chunks: list[tuple[int, list[int]]], moved: int
) -> None:
    """Beyond four gibibytes, and however the chunks are filled."""
    wanted = []
    for offset, sizes in chunks:
        position = offset + moved
        for size in sizes:
            wanted.append((position, size))
            position += size

    assert sample_places(_table(chunks, moved)) == wanted


def test_samples_of_one_size_need_no_list() -> None:
    """As in silence."""
    table = _table([(0, [7] * 100), (900, [7] * 50)])

    assert table.find("stsz").numbers("II", 4) == (7, 150)
    assert len(table.find("stsz").content) == 12


def test_chunks_of_one_length_are_one_row() -> None:
    """Until one is longer."""
    table = _table([(0, [1, 2]), (9, [3, 4]), (19, [5]), (29, [6, 7])])

    assert table.find("stsc").rows("III") == [(1, 2, 1), (3, 1, 1), (4, 2, 1)]


def test_key_frames_are_listed_from_one() -> None:
    """A track without a list has nothing but key samples."""
    tables = SampleTables()
    tables.begin_chunk(0)
    for number in range(7):
        tables.add(5, key=number % 3 == 0)
    (table,) = read_atoms(tables.boxes(ENTRY, [(7, 512)], 0))

    assert table.find("stss").rows("I") == [(1,), (4,), (7,)]
    assert not list(_table([(0, [1])]).all("stss"))


def test_durations_are_written_as_they_are_told() -> None:
    """So many samples of so many ticks."""
    tables = SampleTables()
    tables.begin_chunk(0)
    tables.add(5, key=False)
    (table,) = read_atoms(tables.boxes(ENTRY, [(3, 1024), (1, 200)], 0))

    assert table.find("stts").rows("II") == [(3, 1024), (1, 200)]
