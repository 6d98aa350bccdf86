"""A segment survives being packed, and only what was packed is read."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_worker.render.encode import Run, Segment

RUNS = st.builds(Run, st.binary(max_size=40), st.booleans(), st.integers(0, 2**32 - 1))
SEGMENTS = st.builds(Segment, st.binary(max_size=40), st.lists(RUNS, max_size=6).map(tuple))


@given(SEGMENTS)
def test_a_packed_segment_is_read_as_it_was(segment: Segment) -> None:
    """Empty pictures and long holds included."""
    assert Segment.unpack(segment.pack()) == segment


@given(SEGMENTS, st.data())
def test_a_segment_that_was_cut_short_is_refused(segment: Segment, data: st.DataObject) -> None:
    """Wherever it was cut, and so is one that goes on."""
    packed = segment.pack()
    stop = data.draw(st.integers(0, len(packed) - 1))

    for damaged in (packed[:stop], packed + b"\0"):
        with pytest.raises(ValueError, match="no segment"):
            Segment.unpack(damaged)


@given(SEGMENTS, st.data())
def test_a_turned_bit_ends_in_nothing_but_a_refusal(segment: Segment, data: st.DataObject) -> None:
    """Or in another segment, if it hit a picture: checksums are the cache's business."""
    packed = bytearray(segment.pack())
    bit = data.draw(st.integers(0, 8 * len(packed) - 1))
    packed[bit >> 3] ^= 1 << (bit & 7)

    with contextlib.suppress(ValueError):
        assert isinstance(Segment.unpack(bytes(packed)), Segment)


@given(st.binary(max_size=200))
def test_noise_is_no_segment(noise: bytes) -> None:
    """Nor is what another edition wrote."""
    for packed in (noise, b"SEG0" + noise):
        with pytest.raises(ValueError, match="no segment"):
            Segment.unpack(packed)


def test_the_length_counts_what_is_held() -> None:
    """Each picture once, and as often as it is shown again."""
    assert Segment(b"", (Run(b"k", key=True, held=4), Run(b"p", key=False))).frames == 6


def test_distances_are_counted_from_the_last_key_frame() -> None:
    """In pictures shown, not in runs."""
    runs = (
        Run(b"a", key=True, held=2),
        Run(b"b", key=False),
        Run(b"c", key=False, held=5),
        Run(b"d", key=True),
        Run(b"e", key=False),
    )

    assert [distance for _, distance in Segment(b"", runs).distances()] == [0, 3, 4, 0, 1]
