"""The log from its end, over several files, with what is broken in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from preview_worker.observability import Actor, Deed, Selection, look_back
from preview_worker.observability.audit import looking_back
from preview_worker.observability.audit.folder import file_beginning_with
from preview_worker.observability.audit.record import NOTHING_BEFORE, Position, write_line

ACTOR = Actor(kind="command", user="ada", host="h", pid=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a log of ten records, three in each file, half about the queue."""
    place, lines = Position("chain", 0, NOTHING_BEFORE), []
    for number in range(1, 11):
        action = "queue.pause" if number % 2 else "job.submit"
        line, place = write_line(Deed(action=action).document(ACTOR), place)
        lines.append(line)
    for first in range(0, 10, 3):
        file_beginning_with(tmp_path, first + 1).write_bytes(b"".join(lines[first : first + 3]))
    return tmp_path


def seqs(folder: Path, action: str = "*", limit: int = 100, before: int | None = None) -> list[int]:
    """Return the numbers on one page."""
    page = look_back(folder, Selection(action=action), limit, before)
    return [record.seq for record in page.records]


def test_the_newest_records_come_first(folder: Path) -> None:
    """Across files, down to the first."""
    assert seqs(folder) == list(range(10, 0, -1))
    assert seqs(folder, "queue.*") == [9, 7, 5, 3, 1]


def test_a_page_goes_on_where_another_ended(folder: Path) -> None:
    """The last page says that it is the last."""
    page = look_back(folder, Selection(), 4)
    assert page.before == 7
    assert seqs(folder, before=7) == [6, 5, 4, 3, 2, 1]
    assert look_back(folder, Selection(), 6, 7).before is None


def test_a_search_for_little_ends_early_and_can_be_gone_on_with(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request looks through so many records and no more."""
    monkeypatch.setattr(looking_back, "MOST_READ", 4)

    first = look_back(folder, Selection(action="nothing"), 10)
    rest = look_back(folder, Selection(action="queue.*"), 10, first.before)

    assert (first.records, first.before) == ((), 7)
    assert [record.seq for record in rest.records] == [5, 3]


def test_a_line_that_is_none_is_passed_over(folder: Path) -> None:
    """A line may be torn, or be at work just now."""
    newest = file_beginning_with(folder, 10)
    newest.write_bytes(newest.read_bytes() + b'{"action":"job')

    assert seqs(folder, limit=2) == [10, 9]


def test_where_there_is_no_folder_there_are_no_records(tmp_path: Path) -> None:
    """A server that has just been set up has nothing to show."""
    assert look_back(tmp_path / "none", Selection(), 10).records == ()
