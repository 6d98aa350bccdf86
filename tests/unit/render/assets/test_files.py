"""Assets are read beneath the asset roots, and nothing leads outside of them."""

from __future__ import annotations

import os
import socket
import stat
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.assets import FileAssets
from preview_worker.render.model import PictureRef
from preview_worker.render.settings import RenderSettings


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return an asset root with a file in it, beside a secret."""
    folder = tmp_path / "root"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a.png").write_bytes(b"picture")
    (tmp_path / "secret.txt").write_bytes(b"secret")
    return folder


def _read(root: Path, *names: str, limit: int = 100) -> bytes:
    settings = RenderSettings(asset_roots=(root,), max_asset_bytes=limit)
    return FileAssets(settings).read(PictureRef(names, "/previewRequest/steps/0/image"))


def _refusal(root: Path, *names: str, limit: int = 100) -> ErrorCode:
    with pytest.raises(PreviewError, match="/previewRequest/steps/0/image") as caught:
        _read(root, *names, limit=limit)
    assert str(root.parent) not in caught.value.message or root.parent.as_posix() in names[0]
    return caught.value.code


@pytest.mark.parametrize("name", ["deep/a.png", "./deep/./a.png", "deep//a.png"])
def test_names_are_relative_to_a_root(root: Path, name: str) -> None:
    """However they are spelled."""
    assert _read(root, name) == b"picture"


def test_an_absolute_path_inside_a_root_is_read(root: Path) -> None:
    """As producers on the same machine write them."""
    assert _read(root, str(root / "deep" / "a.png")) == b"picture"


def test_a_root_may_itself_be_a_link(root: Path, tmp_path: Path) -> None:
    """It was chosen by the operator, not by a payload."""
    (tmp_path / "link").symlink_to(root)

    assert _read(tmp_path / "link", "deep/a.png") == b"picture"


def test_the_next_candidate_is_tried(root: Path) -> None:
    """A stale absolute path, then the file's name."""
    assert _read(root, "/gone/a.png", "missing.png", "deep/a.png") == b"picture"


@pytest.mark.parametrize(
    "name",
    [
        "https://example.com/a.png",
        "HTTP://example.com/a.png",
        "data:image/png;base64,AAAA",
        "file:///etc/passwd",
        "//host/share/a.png",
        "/etc/passwd",
    ],
)
def test_what_lies_elsewhere_is_forbidden(root: Path, name: str) -> None:
    """Addresses of any kind, and absolute paths outside of the roots."""
    assert _refusal(root, name) is ErrorCode.ASSET_FORBIDDEN


def test_the_message_says_what_can_be_used(root: Path) -> None:
    """Files under the asset roots; what may be a secret in the address is not repeated."""
    with pytest.raises(
        PreviewError, match="Only files under the asset roots can be used"
    ) as caught:
        _read(root, "https://example.com/a.png?signature=hunter2#hunter3")
    assert "https://example.com/a.png'" in caught.value.message


@pytest.mark.parametrize("name", ["../secret.txt", "deep/../../secret.txt", "a\0.png", "deep", ""])
def test_names_that_climb_or_lie_are_refused(root: Path, name: str) -> None:
    """Parent folders, NULs, folders and nothing at all."""
    assert _refusal(root, name) is ErrorCode.ASSET_REF


def test_links_are_not_followed(root: Path, tmp_path: Path) -> None:
    """Neither as the file nor as a folder on the way."""
    (root / "file.png").symlink_to(tmp_path / "secret.txt")
    (root / "folder").symlink_to(tmp_path)

    assert _refusal(root, "file.png") is ErrorCode.ASSET_REF
    assert _refusal(root, "folder/secret.txt") is ErrorCode.ASSET_REF


def test_a_pipe_is_refused_at_once(root: Path) -> None:
    """Opening it must not wait for somebody to write."""
    os.mkfifo(root / "pipe.png")

    assert _refusal(root, "pipe.png") is ErrorCode.ASSET_REF


def test_what_does_not_exist_is_missing(root: Path) -> None:
    """A file used as a folder does not exist either; neither does a name without end."""
    assert _refusal(root, "none.png") is ErrorCode.ASSET_MISSING
    assert _refusal(root, "deep/a.png/b.png") is ErrorCode.ASSET_MISSING
    assert _refusal(root, "x" * 5000) is ErrorCode.ASSET_MISSING


def test_without_roots_nothing_is_there() -> None:
    """And the message says so."""
    with pytest.raises(PreviewError, match="no asset root") as caught:
        FileAssets(RenderSettings()).read(PictureRef(("a.png",), "/here"))

    assert caught.value.code is ErrorCode.ASSET_MISSING


def test_a_large_file_is_not_read(root: Path) -> None:
    """Its size decides, before its bytes."""
    (root / "large.png").write_bytes(b"x" * 101)

    assert _refusal(root, "large.png", limit=100) is ErrorCode.ASSET_SIZE


def test_checking_reads_nothing_and_refuses_the_same(root: Path) -> None:
    """So that a plan can tell of missing pictures."""
    files = FileAssets(RenderSettings(asset_roots=(root,)))
    files.check(PictureRef(("deep/a.png",), "/here"))

    with pytest.raises(PreviewError, match="does not exist"):
        files.check(PictureRef(("none.png",), "/here"))


def test_a_second_name_of_a_file_is_refused(root: Path, tmp_path: Path) -> None:
    """D11: a hard link may be the name of a file outside."""
    os.link(tmp_path / "secret.txt", root / "second.png")

    assert _refusal(root, "second.png") is ErrorCode.ASSET_REF


@pytest.mark.parametrize("name", ["pipe.png", "socket.png", "deep", "link.png", "dangling.png"])
def test_what_is_no_plain_file_is_not_even_opened(
    root: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D11: opening is all that some devices wait for."""
    os.mkfifo(root / "pipe.png")
    listener = socket.socket(socket.AF_UNIX)
    monkeypatch.chdir(root)
    listener.bind("socket.png")
    listener.close()
    (root / "link.png").symlink_to(tmp_path / "secret.txt")
    (root / "dangling.png").symlink_to(tmp_path / "nothing")
    opened: list[object] = []
    really = os.open

    def watched(path: object, *rest: int, **more: int) -> int:
        opened.append(path)
        return really(path, *rest, **more)  # type: ignore[arg-type] # just passed on

    monkeypatch.setattr(os, "open", watched)
    assert _refusal(root, name) is ErrorCode.ASSET_REF
    assert opened == [str(root)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make devices")
def test_a_device_is_refused(root: Path) -> None:
    """D11: a character device that would never end."""
    try:
        os.mknod(root / "zero.png", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("this container makes no devices")

    assert _refusal(root, "zero.png") is ErrorCode.ASSET_REF


def test_a_device_under_its_own_folder_is_refused() -> None:
    """D11: the one that every system has."""
    with pytest.raises(PreviewError, match="no plain, readable file") as caught:
        _read(Path("/dev"), "null")
    assert caught.value.code is ErrorCode.ASSET_REF


def test_a_folder_that_is_exchanged_meanwhile_leads_nowhere(root: Path, tmp_path: Path) -> None:
    """D11: whoever swaps a folder for a link, at whatever moment, gets no byte from outside."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.png").write_bytes(b"secret")
    (root / "trap").symlink_to(outside)
    end, swaps = threading.Event(), 0

    def swap() -> None:
        nonlocal swaps
        while not end.is_set():
            for first, second in (("deep", "aside"), ("trap", "deep")):
                (root / first).rename(root / second)
            for first, second in (("deep", "trap"), ("aside", "deep")):
                (root / first).rename(root / second)
            swaps += 1

    swapping = threading.Thread(target=swap)
    swapping.start()
    seen: Counter[bytes | ErrorCode] = Counter()
    try:
        deadline_s = time.monotonic() + 60
        while len(seen) < 3 or sum(seen.values()) < 2000:
            assert time.monotonic() < deadline_s, seen
            try:
                seen[_read(root, "deep/a.png")] += 1
            except PreviewError as error:
                seen[error.code] += 1
    finally:
        end.set()
        swapping.join()
    assert swaps
    assert set(seen) == {b"picture", ErrorCode.ASSET_REF, ErrorCode.ASSET_MISSING}
