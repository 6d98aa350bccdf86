"""FFmpeg reads what it is given, as what it is said to be, and nothing besides."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import pytest

from preview_worker.render.intake import MOST_STREAMS, Demuxer, open_media, open_own
from tests.unit.render.sounds import tone, write_encoded, write_wav


@contextmanager
def _descriptor(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def test_nothing_is_left_to_guess(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """X10: one demuxer, its decoders, and the one protocol that reads what is open already."""
    told: dict[str, Any] = {}
    really = av.open

    def noted(name: str, **given: Any) -> Any:
        told.update(given, name=name)
        return really(name, **given)

    monkeypatch.setattr(av, "open", noted)
    with (
        _descriptor(write_wav(tmp_path / "a", tone(0.1))) as descriptor,
        open_media(descriptor, "wav", ("pcm_s16le", "pcm_u8")),
    ):
        options = told["options"]

        assert (told["name"], told["format"]) == ("fd:", "wav")
        assert (options["fd"], options["protocol_whitelist"]) == (str(descriptor), "fd")
        assert options["format_whitelist"] == "wav"
        assert options["codec_whitelist"] == "pcm_s16le,pcm_u8"
        assert {"max_streams", "probesize", "analyzeduration"} <= set(options)
        assert told["timeout"] > 0


def test_a_file_is_read_from_its_beginning_and_stays_open(tmp_path: Path) -> None:
    """However far somebody had read before."""
    with _descriptor(write_wav(tmp_path / "a", tone(0.5))) as descriptor:
        os.lseek(descriptor, 0, os.SEEK_END)
        with open_media(descriptor, "wav", ("pcm_s16le",)) as file:
            assert sum(frame.samples for frame in file.decode(audio=0)) == 24_000
        os.fstat(descriptor)


def test_a_file_is_not_what_another_demuxer_would_make_of_it(tmp_path: Path) -> None:
    """It is broken then; nobody looks for a demuxer that fits."""
    with (
        _descriptor(write_encoded(tmp_path / "a.flac", tone(0.1))) as descriptor,
        pytest.raises(av.error.FFmpegError),
        open_media(descriptor, "matroska", ("flac",)),
    ):
        pass


@pytest.mark.parametrize("demuxer", ["matroska", "mov"])
def test_more_streams_than_anybody_needs_are_not_looked_at(
    tmp_path: Path, demuxer: Demuxer
) -> None:
    """X10: a file may promise thousands, each with buffers of its own; some are refused for it."""
    path, seen = tmp_path / "many", 0
    with av.open(str(path), "w", format=demuxer) as file:
        for _ in range(MOST_STREAMS * 3):
            file.add_stream("pcm_s16le", rate=48_000)
        for stream in file.streams:
            packet = av.Packet(bytes(96))
            packet.stream, packet.pts, packet.dts = stream, 0, 0
            file.mux(packet)
    with (
        contextlib.suppress(av.error.MemoryError),
        _descriptor(path) as descriptor,
        open_media(descriptor, demuxer, ("pcm_s16le",)) as read,
    ):
        seen = len(read.streams)

    assert seen == (MOST_STREAMS if demuxer == "matroska" else 0)


def test_titles_in_any_encoding_do_no_harm(tmp_path: Path) -> None:
    """X13: metadata is text for people, and nobody here reads it."""
    path = write_encoded(tmp_path / "a.mp3", tone(0.1))
    title = b"TIT2" + (5).to_bytes(4) + b"\0\0" + b"\x03\x80\xff\x80a"
    tag = b"ID3\x04\0\0" + bytes([0, 0, 0, len(title)]) + title
    path.write_bytes(tag + path.read_bytes())
    with _descriptor(path) as descriptor, open_media(descriptor, "mp3", ("mp3float",)) as file:
        assert file.streams.audio
        assert file.metadata["title"].endswith("a")


def test_our_own_files_are_opened_by_what_they_are(tmp_path: Path) -> None:
    """A file that is missing says so."""
    with pytest.raises(FileNotFoundError), open_own(tmp_path / "none", "mp4"):
        pass
    path = write_encoded(tmp_path / "a.m4a", tone(0.1))
    with open_own(path, "mp4") as file:
        assert file.streams.audio[0].codec_context.name == "aac"
