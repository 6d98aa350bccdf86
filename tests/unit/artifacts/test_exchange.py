"""A staged folder takes its place at once, with or without help from the kernel."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from preview_worker.artifacts import exchange
from preview_worker.artifacts.exchange import ASIDE, move_in, put_in_place, swap_folders

Rename = Callable[[Path, Path], int] | None


def no_exchange(_first: Path, _second: Path) -> int:
    """Answer as a network share that cannot exchange names."""
    return errno.EINVAL


@pytest.fixture(params=["kernel", "refused by the file system", "unknown to the system"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run the test with the kernel's exchange and with both ways of not having it."""
    name = str(request.param)
    if name != "kernel":
        answer: Rename = no_exchange if name.startswith("refused") else None
        monkeypatch.setattr(exchange, "_linux_rename", lambda: answer)
    return name


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Return a new folder, and an older one in its place."""
    staged, place = tmp_path / "staged", tmp_path / "place"
    for folder in (staged, place):
        folder.mkdir()
        (folder / "file").write_text(folder.name, encoding="ascii")
    return staged, place


@pytest.mark.usefixtures("kind")
def test_folders_change_places(folders: tuple[Path, Path]) -> None:
    """The older one is where the newer one was, to be removed in peace."""
    staged, place = folders
    put_in_place(staged, place)

    assert (place / "file").read_text(encoding="ascii") == "staged"
    assert (staged / "file").read_text(encoding="ascii") == "place"
    assert len(list(place.parent.iterdir())) == 2


@pytest.mark.usefixtures("kind")
def test_a_free_place_is_taken(tmp_path: Path) -> None:
    """The first preview of a job needs no exchange."""
    (tmp_path / "staged").mkdir()
    put_in_place(tmp_path / "staged", tmp_path / "place")

    assert [path.name for path in tmp_path.iterdir()] == ["place"]


@pytest.mark.usefixtures("kind")
def test_a_file_in_the_place_is_left_alone(tmp_path: Path) -> None:
    """What is no preview is not ours to replace."""
    (tmp_path / "staged").mkdir()
    (tmp_path / "place").write_bytes(b"x")

    with pytest.raises(NotADirectoryError):
        put_in_place(tmp_path / "staged", tmp_path / "place")
    assert (tmp_path / "place").read_bytes() == b"x"


def test_by_steps_a_refused_rename_brings_the_older_one_back(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error in the middle leaves everything as it was."""
    staged, place = folders
    monkeypatch.setattr(exchange, "_linux_rename", lambda: None)
    rename = Path.rename

    def refuse_the_staged(self: Path, target: Path) -> Path:
        if self == staged:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse_the_staged)
    with pytest.raises(OSError, match="Input/output error"):
        swap_folders(staged, place)

    assert (place / "file").read_text(encoding="ascii") == "place"
    assert not staged.with_name(staged.name + ASIDE).exists()


def test_other_errors_of_the_kernel_are_told(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk error is no reason to try it by steps."""
    monkeypatch.setattr(exchange, "_linux_rename", lambda: lambda _first, _second: errno.EIO)

    with pytest.raises(OSError, match="Input/output error"):
        swap_folders(*folders)


def test_a_full_place_is_not_moved_into(folders: tuple[Path, Path]) -> None:
    """The answer is no, not an error, so that the caller can exchange instead."""
    assert not move_in(*folders)


def test_endless_rivals_end_in_an_error(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker does not try for ever while others take the place from it."""
    monkeypatch.setattr(exchange, "_linux_rename", lambda: lambda _first, _second: errno.ENOENT)

    with pytest.raises(OSError, match="other workers keep replacing"):
        put_in_place(*folders)
