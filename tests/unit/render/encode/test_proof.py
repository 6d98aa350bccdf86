"""A segment that is not what it should be is found out before it is kept."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.encode import Segment, SegmentEncoder, check_segment
from preview_worker.render.model import Container, Profile, Still
from preview_worker.render.settings import RenderSettings

GREY = Still(0, 30, b"\x50\x60\x70\xff" * (192 * 108))


def _encoded(container: Container) -> tuple[Segment, Profile]:
    profile = Profile(192, 108, Fraction(30), container)
    return SegmentEncoder(profile, RenderSettings()).encode([GREY]), profile


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_a_good_segment_passes(container: Container) -> None:
    """Without a word."""
    segment, profile = _encoded(container)

    check_segment(segment, profile, 30)


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_another_length_is_found_out(container: Container) -> None:
    """A frame too many."""
    segment, profile = _encoded(container)

    with pytest.raises(PreviewError, match="29 frames"):
        check_segment(segment, profile, 29)


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_another_size_is_found_out(container: Container) -> None:
    """It is read from the decoded picture, not believed."""
    segment, profile = _encoded(container)

    with pytest.raises(PreviewError, match=r"decodes to \[\(192, 108\)\]"):
        check_segment(segment, replace(profile, width_px=194), 30)


@pytest.mark.parametrize("container", ["mp4", "webm"])
@pytest.mark.parametrize("content", [b"", b"\xff" * 40, bytes(40)])
def test_a_picture_that_does_not_decode_is_found_out(container: Container, content: bytes) -> None:
    """As our error, whatever the decoder makes of it."""
    segment, profile = _encoded(container)
    broken = replace(segment, runs=(replace(segment.runs[0], content=content),))

    with pytest.raises(PreviewError) as refused:
        check_segment(broken, profile, 30)
    assert refused.value.code is ErrorCode.RENDER
