"""Each sound is listened to once, within limits, and what is missing is no error."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.assets import FileAssets
from preview_worker.render.audio import Listener
from preview_worker.render.settings import RenderSettings
from preview_worker.render.soundtrack import SoundRef
from tests.unit.render.sounds import RATE, speech, tone, write_wav


def _ref(*names: str) -> SoundRef:
    return SoundRef(names, "/previewRequest/audio/narration")


USUAL = RenderSettings()


def _listener(folder: Path, settings: RenderSettings = USUAL) -> Listener:
    settings = replace(settings, asset_roots=(folder,))
    return Listener(FileAssets(settings), settings)


def test_the_length_is_what_was_decoded(tmp_path: Path) -> None:
    """To the sample."""
    write_wav(tmp_path / "a.wav", tone(1.5))

    assert _listener(tmp_path).length_s(_ref("a.wav")) == Fraction(3, 2)


def test_a_missing_sound_has_no_length(tmp_path: Path) -> None:
    """Neither has one that the payload says is still to come."""
    listener = _listener(tmp_path)

    assert listener.length_s(_ref("none.wav")) is None
    assert listener.length_s(_ref()) is None


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("https://example.com/a.mp3", ErrorCode.ASSET_FORBIDDEN),
        ("/etc/passwd", ErrorCode.ASSET_FORBIDDEN),
        ("../a.wav", ErrorCode.ASSET_REF),
        ("link.wav", ErrorCode.ASSET_REF),
        ("page.wav", ErrorCode.ASSET_TYPE),
        ("large.wav", ErrorCode.ASSET_SIZE),
    ],
)
def test_what_may_not_be_heard_is_refused(tmp_path: Path, name: str, code: ErrorCode) -> None:
    """By the rules that pictures have, in words about sounds."""
    (tmp_path / "page.wav").write_text("<html>")
    (tmp_path / "link.wav").symlink_to(tmp_path / "page.wav")
    write_wav(tmp_path / "large.wav", tone(1))
    with pytest.raises(PreviewError) as caught:
        _listener(tmp_path, RenderSettings(max_sound_bytes=90_000)).hear(_ref(name))

    assert caught.value.code is code
    assert "picture" not in caught.value.message


def test_a_long_sound_is_read_no_further_than_its_limit(tmp_path: Path) -> None:
    """A narration is refused; music is cut; a narration of the whole has a limit of its own."""
    write_wav(tmp_path / "a.wav", speech(3))
    limits = RenderSettings(max_sound_s=2, max_duration_s=60)
    with pytest.raises(PreviewError, match="longer than the 2 s") as caught:
        _listener(tmp_path, limits).hear(_ref("a.wav"))
    music = _listener(tmp_path, limits).hear_music(_ref("a.wav"))
    whole = _listener(tmp_path, limits).hear_whole(_ref("a.wav"))

    assert caught.value.code is ErrorCode.SOUND_LIMITS
    assert music is not None
    assert (music.samples, music.cut) == (2 * RATE, True)
    assert whole is not None
    assert whole.samples == 3 * RATE


def test_what_was_heard_is_played_again(tmp_path: Path) -> None:
    """From memory or from its file, it is the same."""
    write_wav(tmp_path / "a.wav", speech(2))
    listener, forgetful = _listener(tmp_path), _listener(tmp_path)
    listener.hear(_ref("a.wav"))
    (remembered, played) = (
        np.concatenate(list(one.play(_ref("a.wav"))), axis=1) for one in (listener, forgetful)
    )

    assert np.array_equal(remembered, played)


def test_silence_is_told_from_sound(tmp_path: Path) -> None:
    """A file of zeros is there, but nothing is heard."""
    write_wav(tmp_path / "zeros.wav", np.zeros(RATE))
    heard = _listener(tmp_path).hear(_ref("zeros.wav"))

    assert heard is not None
    assert (heard.samples, heard.heard) == (RATE, False)
