"""Sounds of strangers are decoded to what they hold, or refused before they are decoded."""

from __future__ import annotations

import os
import struct
import time
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


def _decoded(path: Path, most_s: int | None = None) -> Sound:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        blocks = list(decode(descriptor, SoundRef((path.name,), WHERE), most_s))
        return np.concatenate(blocks, axis=1)
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


@pytest.mark.parametrize("kind", ["wav", *ENCODERS])
def test_what_lasts_too_long_is_refused_undecoded(tmp_path: Path, kind: str) -> None:
    """X9: by what its header says and its packets confirm; what just fits is heard to its end."""
    path = tmp_path / f"voice.{kind}"
    write_wav(path, tone(4.9)) if kind == "wav" else write_encoded(path, tone(4.9))

    assert _decoded(path, 5).shape[1] > 4.8 * RATE
    with pytest.raises(PreviewError, match="longer than the 4 s") as caught:
        _decoded(path, 4)
    assert caught.value.code is ErrorCode.SOUND_LIMITS


def test_hours_of_silence_are_refused_at_once(tmp_path: Path) -> None:
    """X9: FLAC packs ten hours of it into a megabyte; not one of them is decoded.

    Twenty minutes make the test quick. The bound is the one of the specification; to look through
    all packets takes a hundredth of it on an idle machine, so that a busy one keeps it.
    """
    path = write_encoded(tmp_path / "a.flac", np.zeros(1200 * RATE, np.float32))
    began = time.process_time()

    with pytest.raises(PreviewError, match="longer than the 600 s"):
        _decoded(path, 600)
    assert time.process_time() - began < 2
    assert path.stat().st_size < 400_000


def test_a_header_that_promises_hours_is_not_believed(tmp_path: Path) -> None:
    """X9: a recording whose end was not written yet says so, and so do bad cuts of long ones."""
    path = write_encoded(tmp_path / "a.flac", tone(2))
    content = bytearray(path.read_bytes())
    content[21:26] = bytes([content[21] | 0x0F, 0xFF, 0xFF, 0xFF, 0xFF])
    path.write_bytes(content)

    assert _decoded(path, 600).shape[1] == 2 * RATE


def test_many_channels_at_a_high_rate_are_too_much_together(tmp_path: Path) -> None:
    """X9: each would do alone."""
    (tmp_path / "a.wav").write_bytes(_header(192_000, 2) + bytes(9600))
    assert _decoded(tmp_path / "a.wav").shape[1] == 600
    (tmp_path / "a.wav").write_bytes(_header(192_000, 8) + bytes(96_000))
    with pytest.raises(PreviewError, match="at most 400000 samples a second") as caught:
        _decoded(tmp_path / "a.wav")

    assert caught.value.code is ErrorCode.SOUND_LIMITS


def test_sounds_in_a_row_may_differ(tmp_path: Path) -> None:
    """X13: a frame may have other channels than the one before it, which a resampler minds."""
    mono = write_encoded(tmp_path / "a.flac", tone(1)).read_bytes()
    stereo = write_encoded(tmp_path / "b.flac", np.stack([tone(1), np.zeros(RATE)])).read_bytes()
    frames = stereo[stereo.index(b"\xff\xf8") :]
    (tmp_path / "both.flac").write_bytes(mono + frames)
    found = _decoded(tmp_path / "both.flac")

    assert abs(found.shape[1] - 2 * RATE) <= 4608
    assert np.abs(found[1, : RATE // 2]).max() > 0.1
    assert np.abs(found[1, -RATE // 2 :]).max() < 0.01
