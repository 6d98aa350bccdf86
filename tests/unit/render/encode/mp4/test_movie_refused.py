"""An MP4 file on a disk that does not do as it is told."""

from __future__ import annotations

import errno
import os
from fractions import Fraction
from pathlib import Path

import pytest

from preview_worker.render.encode import SegmentEncoder, encode_silence
from preview_worker.render.encode.mp4 import Mp4File
from preview_worker.render.model import Profile, Still
from preview_worker.render.settings import RenderSettings

PROFILE = Profile(192, 108, Fraction(30), "mp4")


def _write(path: Path) -> None:
    still = Still(0, 40, bytes(192 * 108 * 4))
    with Mp4File(path, PROFILE, encode_silence("mp4", 64_000)) as file:
        file.add(SegmentEncoder(PROFILE, RenderSettings()).encode([still]))


class _Refusing:
    """A disk that is full when the index has been written."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __call__(self, *_: object) -> int:
        raise OSError(self.number, os.strerror(self.number))


@pytest.mark.skipif(not hasattr(os, "sendfile"), reason="the system does not copy by itself")
@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP])
def test_where_the_kernel_does_not_copy_we_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Byte by byte the same file."""
    _write(tmp_path / "one.mp4")
    monkeypatch.setattr(os, "sendfile", _Refusing(number))
    _write(tmp_path / "other.mp4")

    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "other.mp4").read_bytes()


@pytest.mark.skipif(not hasattr(os, "sendfile"), reason="the system does not copy by itself")
def test_a_full_disk_leaves_nothing_beside_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is the disk's, and no descriptor stays open."""
    descriptors = Path("/proc/self/fd")
    before = len(list(descriptors.iterdir())) if descriptors.is_dir() else 0
    monkeypatch.setattr(os, "sendfile", _Refusing(errno.ENOSPC))

    with pytest.raises(OSError, match="No space"):
        _write(tmp_path / "v.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["v.mp4"]
    assert (len(list(descriptors.iterdir())) if descriptors.is_dir() else 0) == before


def test_a_file_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    """Neither itself nor what lay beside it."""
    file = Mp4File(tmp_path / "v.mp4", PROFILE, encode_silence("mp4", 1600))
    with pytest.raises(ZeroDivisionError), file:
        raise ZeroDivisionError

    assert list(tmp_path.iterdir()) == []
