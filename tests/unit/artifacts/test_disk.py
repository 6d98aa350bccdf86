"""Steps on the disk are durable, and trouble there has one name."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from pathlib import Path

import pytest

from preview_worker.artifacts.disk import (
    disk_room,
    disk_trouble,
    make_folder,
    open_inside,
    open_plain,
    remove_entry,
    write_durably,
)
from preview_worker.contract import ErrorCode, PreviewError


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "Free some space under DATA_DIR."),
        (errno.EDQUOT, "Free some space under DATA_DIR."),
        (errno.EROFS, "Make DATA_DIR writable for the worker."),
        (errno.EXDEV, "All of DATA_DIR must lie on one file system."),
        (errno.EIO, "Check the disk that holds DATA_DIR."),
    ],
)
def test_trouble_says_what_was_done_why_not_and_what_to_do(number: int, advice: str) -> None:
    """The sentence is for people and names no path."""
    with pytest.raises(PreviewError) as caught, disk_trouble("the preview was written"):
        raise OSError(number, os.strerror(number), "/srv/secret/path")

    reason = os.strerror(number)
    assert caught.value.code is ErrorCode.DISK
    expected = f"The disk refused while the preview was written: {reason}. {advice}"
    assert caught.value.message == expected


def test_a_written_file_has_its_mode_whatever_the_umask(tmp_path: Path) -> None:
    """A reader of another user can read it."""
    before = os.umask(0o077)
    try:
        write_durably(tmp_path / "file", b"x")
        make_folder(tmp_path / "folder")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o644
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o755


def test_writing_never_follows_a_link(tmp_path: Path) -> None:
    """A name that is taken is refused, even by a link that leads nowhere."""
    (tmp_path / "file").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(FileExistsError):
        write_durably(tmp_path / "file", b"x")
    assert not (tmp_path / "elsewhere").exists()


def test_a_link_is_not_plain(tmp_path: Path) -> None:
    """The worker never reads through a link that a render left."""
    (tmp_path / "secret").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "secret")

    with pytest.raises(ValueError, match="it is a link"):
        open_plain(tmp_path / "link")


def test_a_second_name_of_a_file_is_not_plain(tmp_path: Path) -> None:
    """Changing its mode would change somebody else's file."""
    (tmp_path / "secret").write_bytes(b"x")
    (tmp_path / "name").hardlink_to(tmp_path / "secret")

    with pytest.raises(ValueError, match="not a plain file of its own"):
        open_plain(tmp_path / "name")


def test_a_pipe_is_not_plain_and_does_not_block(tmp_path: Path) -> None:
    """Opening a pipe that nobody writes to would wait for ever."""
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(ValueError, match="not a plain file of its own"):
        open_plain(tmp_path / "pipe")


def test_a_folder_is_not_made_through_a_link(tmp_path: Path) -> None:
    """A link could lead out of the data directory."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "project").symlink_to(tmp_path / "outside")

    with pytest.raises(NotADirectoryError):
        make_folder(tmp_path / "project")


def test_removing_a_link_leaves_what_it_leads_to(tmp_path: Path) -> None:
    """Neither the link itself nor one inside a folder is followed."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "kept").write_bytes(b"x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inner").symlink_to(tmp_path / "outside")
    (tmp_path / "link").symlink_to(tmp_path / "outside")
    remove_entry(tmp_path / "folder")
    remove_entry(tmp_path / "link")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["outside"]
    assert (tmp_path / "outside" / "kept").exists()


@pytest.mark.parametrize("seeing", ["descriptors", "looks"])
def test_no_folder_on_the_way_to_a_file_may_be_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seeing: str
) -> None:
    """On systems that open by descriptors of folders, and on the others."""
    if seeing == "looks":
        monkeypatch.setattr(os, "supports_dir_fd", set())
    (tmp_path / "real" / "inner").mkdir(parents=True)
    (tmp_path / "real" / "inner" / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "real")

    os.close(open_inside(tmp_path, "real/inner/file"))
    for name in ("link/inner/file", "real/inner/file/file"):
        with pytest.raises(ValueError, match="folder of its own"):
            open_inside(tmp_path, name)


def test_the_room_of_a_folder_is_that_of_its_file_system(tmp_path: Path) -> None:
    """Also before the folder is made, by an absolute path or by a relative one."""
    sizes = {
        disk_room(folder).size_bytes
        for folder in (tmp_path, tmp_path / "not" / "yet", Path(os.path.relpath(tmp_path / "no")))
    }

    assert sizes == {shutil.disk_usage(tmp_path).total}
    assert 0 <= disk_room(tmp_path).free_bytes <= sizes.pop()
