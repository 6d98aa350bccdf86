"""A take survives being packed, and only what was packed is read."""

from __future__ import annotations

import contextlib
import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_worker.contract import Finding, PixelBox
from preview_worker.contract.preview import Severity
from preview_worker.render.encode import Run, Segment
from preview_worker.render.take import Take

NUMBERS = st.none() | st.floats(allow_nan=False)
BOXES = st.none() | st.builds(PixelBox, *[st.integers(-9, 9999)] * 4)
FINDINGS = st.builds(
    Finding,
    st.text(max_size=9),
    st.text(max_size=30),
    st.none(),
    st.sampled_from(get_args(Severity)),
    BOXES,
    NUMBERS,
    NUMBERS,
    st.text(max_size=9),
)
SEGMENT = Segment(b"head", (Run(b"key", key=True, held=29), Run(b"more", key=False)))
TAKES = st.builds(
    Take,
    st.just(SEGMENT),
    st.lists(FINDINGS, max_size=3).map(tuple),
    st.dictionaries(st.text(max_size=9), st.binary(max_size=30), max_size=3),
)


@given(TAKES)
def test_a_packed_take_is_read_as_it_was(take: Take) -> None:
    """Findings with their boxes, prints with any name."""
    assert Take.unpack(take.pack()) == take


@given(TAKES)
def test_equal_takes_are_packed_alike(take: Take) -> None:
    """In whatever order their prints were taken."""
    turned = Take(take.segment, take.findings, dict(reversed(list(take.prints.items()))))

    assert turned.pack() == take.pack()


@given(TAKES, st.data())
def test_a_take_that_was_cut_short_is_refused(take: Take, data: st.DataObject) -> None:
    """Wherever it was cut, and so is one that goes on."""
    packed = take.pack()
    stop = data.draw(st.integers(0, len(packed) - 1))

    for damaged in (packed[:stop], packed + b"\0"):
        with pytest.raises(ValueError, match="no take"):
            Take.unpack(damaged)


@given(TAKES, st.data())
def test_a_turned_bit_ends_in_nothing_but_a_refusal(take: Take, data: st.DataObject) -> None:
    """Or in another take, if it hit a picture or a word: checksums are the cache's business."""
    packed = bytearray(take.pack())
    bit = data.draw(st.integers(0, 8 * len(packed) - 1))
    packed[bit >> 3] ^= 1 << (bit & 7)

    with contextlib.suppress(ValueError):
        assert isinstance(Take.unpack(bytes(packed)), Take)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(
    st.fixed_dictionaries({"segment": JSON, "findings": JSON, "prints": JSON}) | JSON,
    st.binary(max_size=9),
)
def test_a_strange_index_is_refused(index: object, rest: bytes) -> None:
    """Whatever JSON it is."""
    head = json.dumps(index).encode()

    with pytest.raises(ValueError, match="no take"):
        Take.unpack(b"TAK1" + len(head).to_bytes(4, "little") + head + rest)


@given(st.binary(max_size=200))
def test_noise_is_no_take(noise: bytes) -> None:
    """Nor is what another edition wrote."""
    for packed in (noise, b"TAK0" + noise, b"TAK0" + Take(SEGMENT).pack()[4:]):
        with pytest.raises(ValueError, match="no take"):
            Take.unpack(packed)
