"""An encoded track lasts as long as it should, to the sample, and survives being packed."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_worker.render.encode import (
    SoundPackets,
    decode_sound,
    encode_silence,
    encode_sound,
)
from preview_worker.render.model import Container

CONTAINERS: tuple[Container, ...] = ("mp4", "webm")
LENGTHS = (1, 100, 648, 649, 960, 961, 1023, 1024, 1025, 2048, 48_000)
"""Around the packets' lengths, and around Opus' pre-skip of 312 samples short of one."""
TRACKS = st.builds(
    SoundPackets,
    st.binary(max_size=20),
    *[st.integers(0, 2**32 - 1)] * 3,
    st.lists(st.binary(max_size=20), max_size=6),
)


class _Tone:
    """Plays 440 Hz on both channels."""

    def __init__(self) -> None:
        self._position = 0

    def read(self, samples: int) -> Any:
        at = np.arange(self._position, self._position + samples)
        self._position += samples
        return np.tile(0.25 * np.sin(2 * np.pi * 440 * at / 48_000), (2, 1)).astype(np.float32)


def _packed(sound: SoundPackets) -> bytes:
    file = io.BytesIO()
    sound.write(file)
    return file.getvalue()


def _plain(sound: SoundPackets) -> SoundPackets:
    """Return the track with its packets as a list of bytes, so that tracks can be compared."""
    packets = [bytes(packet) for packet in sound.packets]
    return SoundPackets(sound.headers, sound.samples, sound.priming, sound.packet_samples, packets)


def _decoded(container: Container, sound: SoundPackets) -> Any:
    frames = [frame.to_ndarray() for frame in decode_sound(container, sound)]
    if container == "webm":
        frames = [frame if len(frame) == 2 else frame.reshape(-1, 2).T for frame in frames]
    return np.concatenate(frames, axis=1)


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("samples", LENGTHS)
def test_a_track_has_the_packets_that_it_needs(container: Container, samples: int) -> None:
    """No fewer, no more: the last one begins within the preview and ends with it."""
    for sound in (encode_sound(container, _Tone(), samples), encode_silence(container, samples)):
        last = len(sound.packets) - 1

        assert sound.start(0) == -sound.priming
        assert sound.start(last) < samples
        assert sound.start(last) + sound.lasting(last) == samples
        assert 0 < sound.lasting(last) <= sound.packet_samples


@pytest.mark.parametrize("container", CONTAINERS)
def test_silence_fits_where_sound_would_stand(container: Container) -> None:
    """With the same headers, priming and packets, so that no player can tell."""
    sound, silence = encode_sound(container, _Tone(), 5000), encode_silence(container, 5000)

    assert silence.headers == sound.headers
    assert (silence.priming, silence.packet_samples) == (sound.priming, sound.packet_samples)
    assert len(silence.packets) == len(sound.packets)


@pytest.mark.parametrize("container", CONTAINERS)
def test_silence_is_silent(container: Container) -> None:
    """Every sample of it, although one packet stands for all."""
    heard = _decoded(container, encode_silence(container, 48_000))

    assert heard.shape[1] >= 48_000
    assert np.abs(heard).max() < 1e-4


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_tone_begins_where_the_priming_ends(container: Container) -> None:
    """What is decoded after it is what was played: loud from the start, and in phase."""
    sound = encode_sound(container, _Tone(), 48_000)
    heard = _decoded(container, sound)
    # Opus' decoder leaves the priming out by itself when its header says how long it is.
    lead = sound.priming if container == "mp4" else heard.shape[1] - _whole(sound)
    played = _Tone().read(48_000)
    middle = slice(lead + 4800, lead + 43_200)

    assert np.corrcoef(heard[0, middle], played[0, 4800:43_200])[0, 1] > 0.999


def _whole(sound: SoundPackets) -> int:
    return len(sound.packets) * sound.packet_samples - sound.priming


@given(st.integers(0, 100_000), st.integers(1, 3000), st.integers(0, 2000), st.integers(-9, 10**6))
def test_packets_are_counted_up_to_a_sample(
    samples: int, each: int, priming: int, sample: int
) -> None:
    """Those that begin before it, which a loop over all would find as well."""
    count = -(-(samples + priming) // each)
    sound = SoundPackets(b"", samples, priming, each, [b""] * count)
    due = sound.until(max(sample, -priming))

    assert due == sum(sound.start(n) < max(sample, -priming) for n in range(count))


@given(TRACKS)
def test_a_packed_track_is_read_as_it_was(sound: SoundPackets) -> None:
    """Empty packets, and none at all, included."""
    assert _plain(SoundPackets.read(_packed(sound))) == sound


@given(TRACKS, st.data())
def test_a_track_that_was_cut_short_is_refused(sound: SoundPackets, data: st.DataObject) -> None:
    """Wherever it was cut, and so is one that goes on."""
    packed = _packed(sound)
    stop = data.draw(st.integers(0, len(packed) - 1))

    for damaged in (packed[:stop], packed + b"\0"):
        with pytest.raises(ValueError, match="no sound"):
            SoundPackets.read(damaged)


@given(TRACKS, st.data())
def test_a_turned_bit_ends_in_nothing_but_a_refusal(
    sound: SoundPackets, data: st.DataObject
) -> None:
    """Or in another track, if it hit a packet: checksums are the cache's business."""
    packed = bytearray(_packed(sound))
    bit = data.draw(st.integers(0, 8 * len(packed) - 1))
    packed[bit >> 3] ^= 1 << (bit & 7)

    with contextlib.suppress(ValueError):
        assert isinstance(SoundPackets.read(bytes(packed)), SoundPackets)


def test_repeated_packets_are_a_sequence_like_any_other() -> None:
    """Held once, counted, cut into slices, and ended."""
    packets = encode_silence("mp4", 48_000).packets

    assert len(packets) == len(list(packets)) == 48
    assert packets[3:5] == [packets[0]] * 2
    assert packets[40:] == [packets[0]] * 8
    with pytest.raises(IndexError):
        packets[48]
