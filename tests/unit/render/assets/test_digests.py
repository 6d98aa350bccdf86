"""An asset's digest is that of its bytes, read once."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.assets import AssetDigests, FileAssets
from preview_worker.render.model import PictureRef
from preview_worker.render.settings import RenderSettings
from preview_worker.render.soundtrack import SoundRef

CONTENT = bytes(range(256)) * 10_000
"""Longer than what is read at a time."""


def _digests(root: Path) -> AssetDigests:
    return AssetDigests(FileAssets(RenderSettings(asset_roots=(root,))))


def test_pictures_and_sounds_are_known_by_their_bytes(tmp_path: Path) -> None:
    """Whatever they are called."""
    for name in ("a.png", "b.wav"):
        (tmp_path / name).write_bytes(CONTENT)
    digest_of = _digests(tmp_path)
    wanted = hashlib.sha256(CONTENT).hexdigest()

    assert digest_of(PictureRef(("a.png",), "/a")) == wanted
    assert digest_of(SoundRef(("b.wav",), "/b")) == wanted


def test_the_first_name_that_exists_counts(tmp_path: Path) -> None:
    """As it does when the asset is shown."""
    (tmp_path / "b.png").write_bytes(b"second")
    ref = PictureRef(("a.png", "b.png"), "/a")

    assert _digests(tmp_path)(ref) == hashlib.sha256(b"second").hexdigest()


def test_a_missing_sound_has_none(tmp_path: Path) -> None:
    """A render puts up with it."""
    assert _digests(tmp_path)(SoundRef(("a.wav",), "/a")) is None


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A missing picture, and a sound behind a link."""
    (tmp_path / "link.wav").symlink_to("/etc/hostname")
    refused = []
    for ref in (PictureRef(("a.png",), "/a"), SoundRef(("link.wav",), "/a")):
        with pytest.raises(PreviewError) as error:
            _digests(tmp_path)(ref)
        refused.append(error.value.code)

    assert refused == [ErrorCode.ASSET_MISSING, ErrorCode.ASSET_REF]


class _Counting(FileAssets):
    opened = 0

    def read(self, ref: PictureRef | SoundRef) -> bytes:
        self.opened += 1
        return super().read(ref)

    @contextmanager
    def open(self, ref: PictureRef | SoundRef) -> Iterator[int]:
        self.opened += 1
        with super().open(ref) as descriptor:
            yield descriptor


def test_each_asset_is_read_once(tmp_path: Path) -> None:
    """However many scenes show it, wherever the payload says so; a picture is no sound."""
    (tmp_path / "a").write_bytes(CONTENT)
    assets = _Counting(RenderSettings(asset_roots=(tmp_path,)))
    digest_of = AssetDigests(assets)
    for where in ("/one", "/two"):
        digest_of(PictureRef(("a",), where))
        digest_of(SoundRef(("a",), where))

    assert assets.opened == 2


def test_a_picture_that_changes_meanwhile_is_refused(tmp_path: Path) -> None:
    """Else a scene would be kept as what it no longer shows; another attempt sees one picture."""
    ref = PictureRef(("a.png",), "/steps/0/image")
    (tmp_path / "a.png").write_bytes(b"first")
    digests = _digests(tmp_path)
    assert digests.read(ref) == digests.read(ref) == b"first"

    (tmp_path / "a.png").write_bytes(b"second")
    with pytest.raises(PreviewError, match="/steps/0/image was replaced") as caught:
        digests.read(ref)
    assert caught.value.code is ErrorCode.ASSET_CHANGED
    assert digests(ref) == hashlib.sha256(b"first").hexdigest()


def _sound_of(tmp_path: Path, content: bytes = b"first") -> SoundRef:
    (tmp_path / "a.wav").write_bytes(content)
    return SoundRef(("a.wav",), "/steps/0/audio")


def test_a_sound_that_is_replaced_meanwhile_is_refused(tmp_path: Path) -> None:
    """D9: however alike the files look, and when it is asked for the last time as well."""
    ref = _sound_of(tmp_path)
    digests = _digests(tmp_path)
    digest = digests(ref)
    facts = (tmp_path / "a.wav").stat()
    (tmp_path / "a.wav").write_bytes(b"later")
    os.utime(tmp_path / "a.wav", ns=(facts.st_atime_ns, facts.st_mtime_ns))

    for use in (lambda: digests.open(ref).__enter__(), lambda: digests.confirm(ref)):
        with pytest.raises(PreviewError, match="/steps/0/audio was replaced") as caught:
            use()
        assert caught.value.code is ErrorCode.ASSET_CHANGED
    assert digests(ref) == digest


def test_a_sound_that_comes_or_goes_meanwhile_is_refused(tmp_path: Path) -> None:
    """D9: silence where there was a sound would be kept as that sound, and the other way round."""
    ref = _sound_of(tmp_path)
    (there, away) = (_digests(tmp_path), _digests(tmp_path))
    there(ref)
    (tmp_path / "a.wav").unlink()
    assert away(ref) is None
    away.confirm(ref)
    with pytest.raises(PreviewError, match="was replaced"):
        there.confirm(ref)

    _sound_of(tmp_path)
    with pytest.raises(PreviewError, match="was replaced"):
        away.confirm(ref)


def test_a_sound_that_was_touched_is_the_same(tmp_path: Path) -> None:
    """Its bytes count, not its times; and the sound is read from its beginning."""
    ref = _sound_of(tmp_path, CONTENT)
    digests = _digests(tmp_path)
    digests(ref)
    os.utime(tmp_path / "a.wav")
    digests.confirm(ref)
    with digests.open(ref) as descriptor:
        assert os.read(descriptor, 4) == CONTENT[:4]


def test_a_sound_at_rest_is_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is played."""
    ref = _sound_of(tmp_path, CONTENT)
    an_hour_later = time.time_ns() + 3600 * 10**9
    monkeypatch.setattr(time, "time_ns", lambda: an_hour_later)
    digests = _digests(tmp_path)
    digests(ref)
    monkeypatch.setattr(hashlib, "sha256", None)
    digests.confirm(ref)
    with digests.open(ref) as descriptor:
        assert os.read(descriptor, 4) == CONTENT[:4]
