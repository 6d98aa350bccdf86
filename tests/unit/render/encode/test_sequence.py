"""Segments in a row become the samples of one track, in which no two key frames look alike."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from preview_worker.render.encode import Run, Segment, SegmentEncoder
from preview_worker.render.encode.bits import BitReader, unframed
from preview_worker.render.encode.holding import SkippedPictures
from preview_worker.render.encode.sequence import Sample, Sequence
from preview_worker.render.model import Profile, Still
from preview_worker.render.settings import RenderSettings

PROFILE = Profile(192, 108, Fraction(30), "mp4")
WEBM = (Run(b"key", key=True, held=2), Run(b"moved", key=False))


def _encoded(*lengths: int, first: int = 0) -> Segment:
    """Return one segment of stills of so many frames, each of another grey."""
    stills, start = [], 0
    for number, frames in enumerate(lengths, first):
        pixels = np.full((108, 192, 4), 40 + 30 * (number % 6), np.uint8)
        stills.append(Still(start, frames, pixels.tobytes()))
        start += frames
    return SegmentEncoder(PROFILE, RenderSettings(keyframe_interval_s=1)).encode(stills)


def _idr_number(headers: bytes, sample: Sample) -> int:
    """Read idr_pic_id as the standard has it (7.3.3)."""
    (unit,) = (unit for unit in unframed(sample.content) if unit[0] & 0x1F == 5)
    reader = BitReader(unit)
    for _ in range(3):
        reader.exp_golomb()
    reader.bits(SkippedPictures.of(headers).frame_num_bits)
    return reader.exp_golomb()


def _samples(*segments: Segment) -> list[Sample]:
    sequence = Sequence("mp4")
    return [sample for segment in segments for sample in sequence.samples(segment)]


@pytest.mark.parametrize(
    "segments",
    [
        [(1,), (1,), (1,)],
        [(1, 1, 1)],
        [(1,), (1, 1, 1), (1,), (1,)],
        [(1, 1), (1, 1), (1, 1, 1), (1,)],
        [(31,), (1,), (61, 1, 1)],
    ],
    ids=["apart", "one", "mixed", "pairs", "held"],
)
def test_key_frames_in_a_row_differ_in_their_number(segments: list[tuple[int, ...]]) -> None:
    """Within a segment, across segments, and where a held picture's key frame comes again."""
    encoded = [_encoded(*lengths) for lengths in segments]
    numbers = [
        _idr_number(encoded[0].headers, sample) if sample.key else None
        for sample in _samples(*encoded)
    ]

    assert not [a for a, b in pairwise(numbers) if a is not None and a == b]


def test_every_frame_is_a_sample() -> None:
    """The held ones written out, far shorter than any picture."""
    samples = _samples(_encoded(3, 1, 40))

    assert [sample.key for sample in samples] == [n in {0, 3, 4, 34} for n in range(44)]
    assert max(len(sample.content) for sample in samples if not sample.key) < 24


def test_frames_are_counted() -> None:
    """Over all segments."""
    sequence = Sequence("mp4")
    for segment in (_encoded(3), _encoded(40)):
        list(sequence.samples(segment))

    assert sequence.frames == 43


def test_vp9_is_shown_again_by_one_byte() -> None:
    """Its pictures stay as they are."""
    samples = list(Sequence("webm").samples(Segment(b"", WEBM)))

    assert [sample.content for sample in samples] == [b"key", b"\x88", b"\x88", b"moved"]


def test_segments_that_were_encoded_otherwise_are_not_joined() -> None:
    """A decoder is told the parameters once."""
    other = SegmentEncoder(Profile(96, 96, Fraction(30), "mp4"), RenderSettings())
    small = other.encode([Still(0, 1, bytes(96 * 96 * 4))])
    sequence = Sequence("mp4")
    list(sequence.samples(_encoded(1)))

    with pytest.raises(ValueError, match="cannot be joined"):
        list(sequence.samples(small))
