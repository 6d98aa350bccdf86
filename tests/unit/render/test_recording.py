"""A recording is what is heard, how loud it is, and survives being packed."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_worker.contract import Finding, LoudnessFacts, PixelBox
from preview_worker.render import audio
from preview_worker.render.assets import FileAssets
from preview_worker.render.encode import SoundPackets
from preview_worker.render.model import Timeline
from preview_worker.render.recording import Recording, record, silence
from preview_worker.render.settings import RenderSettings
from preview_worker.render.soundtrack import SoundRef
from tests.unit.render.jobs import timeline_of
from tests.unit.render.sounds import speech, write_wav

FACTS = LoudnessFacts("mobius", -14.1, -1.2, -14.0, -1.0, None, 0.5)
FINDING = Finding("loudness.peak", "Loud – “so”.", box=PixelBox(1, 2, 3, 4), measured=0.1)
SOUND = SoundPackets(b"head", 3000, 1024, 1024, [b"one", b"two", b"", b"four"])
RECORDINGS = st.builds(
    Recording, st.just(SOUND), st.sampled_from([None, FACTS]), st.sampled_from([(), (FINDING,) * 2])
)


def _plain(recording: Recording) -> Recording:
    packets = [bytes(packet) for packet in recording.sound.packets]
    return replace(recording, sound=replace(recording.sound, packets=packets))


@given(RECORDINGS)
def test_a_packed_recording_is_read_as_it_was(recording: Recording) -> None:
    """Silent or loud, with findings whole."""
    assert _plain(Recording.unpack(recording.pack())) == recording


@given(RECORDINGS, st.data())
def test_a_recording_that_was_cut_short_is_refused(
    recording: Recording, data: st.DataObject
) -> None:
    """Wherever it was cut, and so is one that goes on."""
    packed = recording.pack()
    stop = data.draw(st.integers(0, len(packed) - 1))

    for damaged in (packed[:stop], packed + b"\0", b"", b"REC0" + packed[4:]):
        with pytest.raises(ValueError, match="no recording"):
            Recording.unpack(damaged)


@given(RECORDINGS, st.data())
def test_a_turned_bit_ends_in_nothing_but_a_refusal(
    recording: Recording, data: st.DataObject
) -> None:
    """Or in another recording, if it hit a packet or a word."""
    packed = bytearray(recording.pack())
    bit = data.draw(st.integers(0, 8 * len(packed) - 1))
    packed[bit >> 3] ^= 1 << (bit & 7)

    with contextlib.suppress(ValueError):
        assert isinstance(Recording.unpack(bytes(packed)), Recording)


def _timeline(voice: SoundRef | None) -> Timeline:
    timeline = timeline_of(steps=[{"text": "Deal."}])
    first = replace(timeline.scenes[0], voice=voice)
    return replace(timeline, scenes=(first, *timeline.scenes[1:]))


def _listener(root: Path) -> audio.Listener:
    settings = RenderSettings(asset_roots=(root,))
    return audio.Listener(FileAssets(settings), settings)


def test_a_voice_is_recorded_and_measured(tmp_path: Path) -> None:
    """As loud as its profile wants, to the length of the preview."""
    write_wav(tmp_path / "voice.wav", speech(2.5))
    timeline = _timeline(SoundRef(("voice.wav",), "/voice"))
    recording = record(timeline, _listener(tmp_path))

    assert recording.loudness is not None
    assert recording.loudness.integrated_lufs == pytest.approx(-14, abs=0.5)
    assert recording.sound.samples == timeline.frames * 1600
    assert _plain(Recording.unpack(recording.pack())) == recording


def test_a_voice_that_is_missing_leaves_silence(tmp_path: Path) -> None:
    """A track of the preview's length, and nothing to be measured."""
    timeline = _timeline(SoundRef(("voice.wav",), "/voice"))
    recording = record(timeline, _listener(tmp_path))

    assert recording.loudness is None
    assert recording.sound.samples == timeline.frames * 1600


@pytest.mark.parametrize(
    ("fps", "samples"), [(Fraction(30000, 1001), 1602), (Fraction(24000, 1001), 2002)]
)
def test_a_frame_of_silence_lasts_a_frame(fps: Fraction, samples: int) -> None:
    """To the nearest sample, where a frame is no whole number of them."""
    timeline = _timeline(None)
    short = replace(
        timeline,
        profile=replace(timeline.profile, fps=fps),
        scenes=(replace(timeline.scenes[0], frames=1),),
    )

    assert silence(short).samples == samples
