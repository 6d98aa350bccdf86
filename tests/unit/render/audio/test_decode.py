"""Sounds of strangers are decoded to what they hold, or refused before they are decoded."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.audio.decode import decode
from preview_worker.render.soundtrack import SoundRef
from tests.unit.render.sounds import (
    ENCODERS,
    RATE,
    Sound,
    position,
    speech,
    tone,
    write_encoded,
    write_wav,
)

WHERE = "/previewRequest/steps/0/audio"


def _decoded(path: Path) -> Sound:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return np.concatenate(list(decode(descriptor, SoundRef((path.name,), WHERE))), axis=1)
    finally:
        os.close(descriptor)


def _refusal(path: Path) -> ErrorCode:
    with pytest.raises(PreviewError, match=WHERE) as caught:
        _decoded(path)
    return caught.value.code


def _header(rate: int = RATE, channels: int = 1, bits: int = 16, form: int = 1) -> bytes:
    """Return a WAV header that says anything, over sizes that are not true."""
    align = channels * bits // 8 & 0xFFFF
    chunk = struct.pack("<HHIIHH", form, channels, rate, rate * align & 0xFFFFFFFF, align, bits)
    size = b"\xff\xff\xff\xff"
    return b"RIFF" + size + b"WAVEfmt " + struct.pack("<I", len(chunk)) + chunk + b"data" + size


@pytest.mark.parametrize("kind", ENCODERS)
def test_each_format_is_decoded_in_place(tmp_path: Path, kind: str) -> None:
    """Whatever its name is, with what its encoder put before the beginning left out."""
    written = speech(3)
    path = write_encoded(tmp_path / f"voice.{kind}", written)
    found = _decoded(path.rename(tmp_path / "voice.png"))

    assert found.dtype == np.float32
    # Raw AAC says nowhere how much of its beginning is not meant to be heard.
    assert position(found[0], written) <= (1024 if kind == "aac" else 48)
    assert abs(found.shape[1] - written.size) <= 4096


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 96_000, 192_000])
def test_any_usual_rate_becomes_48_khz(tmp_path: Path, rate: int) -> None:
    """Without a shift, and as long as before."""
    path = write_wav(tmp_path / "a.wav", tone(1, 500, rate=rate), rate)
    found = _decoded(path)

    assert abs(found.shape[1] - RATE) <= 48
    assert position(found[0], tone(0.5, 500)) % 48 in {0, 1, 47}


def test_a_mono_sound_is_heard_on_both_sides(tmp_path: Path) -> None:
    """And a stereo one keeps its sides."""
    mono = _decoded(write_wav(tmp_path / "m.wav", tone(0.2)))
    stereo = _decoded(write_wav(tmp_path / "s.wav", np.stack([tone(0.2), np.zeros(9600)])))

    assert np.array_equal(mono[0], mono[1])
    assert np.abs(stereo[0]).max() > 0.2
    assert np.abs(stereo[1]).max() == 0


@pytest.mark.parametrize(
    ("rate", "channels"),
    [(2**31 - 1, 1), (4_000, 1), (384_000, 2), (RATE, 9), (RATE, 64)],
)
def test_odd_properties_are_refused(tmp_path: Path, rate: int, channels: int) -> None:
    """By the header, whatever follows."""
    (tmp_path / "a.wav").write_bytes(_header(rate, channels) + bytes(10_000))

    assert _refusal(tmp_path / "a.wav") in {ErrorCode.SOUND_LIMITS, ErrorCode.ASSET_TYPE}


def test_a_rate_beyond_all_hearing_is_named(tmp_path: Path) -> None:
    """The message says what was found and what is read."""
    (tmp_path / "a.wav").write_bytes(_header(rate=384_000) + bytes(10_000))
    with pytest.raises(PreviewError, match="384000 Hz; at most 8 at 8000 to 192000 Hz") as caught:
        _decoded(tmp_path / "a.wav")

    assert caught.value.code is ErrorCode.SOUND_LIMITS


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF",
        _header(),
        _header(channels=0) + bytes(1000),
        _header(channels=65_535) + bytes(1000),
        _header(rate=0) + bytes(1000),
        _header(bits=0) + bytes(1000),
        _header(form=0x55) + bytes(1000),
        b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + bytes(100),
        b"\xff\xfb\x90\x64" + bytes(50),
        b"OggS" + bytes(100),
        b"fLaC" + bytes(100),
        b"\x1a\x45\xdf\xa3" + bytes(100),
        b"\x00\x00\x00\x18ftypM4A " + bytes(100),
        b"<html>no sound</html>",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"ffconcat version 1.0\nfile secret.wav\n",
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
    ],
    ids=lambda content: f"{zlib.crc32(content):08x}",
)
def test_what_is_no_sound_is_refused(tmp_path: Path, content: bytes) -> None:
    """Broken files, other files, and scripts that would have FFmpeg open more."""
    (tmp_path / "a.wav").write_bytes(content)

    assert _refusal(tmp_path / "a.wav") in {ErrorCode.ASSET_TYPE, ErrorCode.SOUND_LIMITS}


def test_lying_sizes_do_not_matter(tmp_path: Path) -> None:
    """What is there counts, not what the header says."""
    samples = (tone(0.5) * 32767).astype("<i2").tobytes()
    (tmp_path / "a.wav").write_bytes(_header() + samples)

    assert _decoded(tmp_path / "a.wav").shape[1] == RATE // 2


def test_floats_that_are_no_numbers_are_silent(tmp_path: Path) -> None:
    """NaN, infinities and monstrous samples do no harm to what is mixed with them."""
    values = np.array([0.5, np.nan, np.inf, -np.inf, 1e30] * 1000, "<f4")
    (tmp_path / "a.wav").write_bytes(_header(bits=32, form=3) + values.tobytes())
    found = _decoded(tmp_path / "a.wav")

    assert np.isfinite(found).all()
    assert np.abs(found).max() <= 8


def test_damage_in_the_middle_is_skipped(tmp_path: Path) -> None:
    """As players do: the rest is heard."""
    path = write_encoded(tmp_path / "a.mp3", speech(3))
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 2000] = bytes(2000)
    path.write_bytes(content)

    assert _decoded(path).shape[1] > 2 * RATE
