"""SSIM: what it is of pictures whose likeness is known, and what FFmpeg says of the same."""

from __future__ import annotations

import re
from fractions import Fraction

import av
import av.filter
import numpy as np
import pytest

from benchmarks.likeness import Luma, likeness, painted_luma

SIDE_PX = 64


def a_picture(seed: int = 1) -> Luma:
    """Return a picture of soft noise in whole steps of luma."""
    random = np.random.default_rng(seed)
    return np.kron(random.integers(30, 220, (16, 16)), np.ones((4, 4))).astype(np.float64)


def test_a_picture_is_wholly_like_itself() -> None:
    """Its SSIM is 1."""
    assert likeness(a_picture(), a_picture()) == pytest.approx(1)


def test_the_negative_of_a_picture_is_unlike_it() -> None:
    """Where one rises the other falls, so the SSIM is below 0."""
    assert likeness(a_picture(), 250 - a_picture()) < 0


def test_two_flat_pictures_are_as_like_as_the_formula_says() -> None:
    """Without any structure only the means count: (2ab + C1) / (a² + b² + C1)."""
    flat = np.ones((SIDE_PX, SIDE_PX))
    c1 = (0.01 * 255) ** 2
    wanted = (2 * 100 * 120 + c1) / (100**2 + 120**2 + c1)
    assert likeness(flat * 100, flat * 120) == pytest.approx(wanted)


def test_ffmpeg_finds_the_same_likeness() -> None:
    """FFmpeg's filter has windows of the same size and distance.

    It tells two places after the percent of its sum, hence the tolerance.
    """
    one = a_picture()
    other = np.clip(one + np.random.default_rng(2).integers(-12, 12, one.shape), 0, 255)
    assert likeness(one, other) == pytest.approx(ffmpeg_ssim(one, other), abs=2e-4)


def test_white_and_black_have_the_luma_of_limited_range() -> None:
    """They are 235 and 16."""
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[:, :4] = 255
    luma = painted_luma(pixels.tobytes(), 8)
    assert luma[0, 0] == pytest.approx(235)
    assert luma[0, 7] == pytest.approx(16)


def ffmpeg_ssim(one: Luma, other: Luma) -> float:
    """Return what FFmpeg's ``ssim`` filter says of two pictures."""
    graph = av.filter.Graph()
    meter, sink = graph.add("ssim"), graph.add("buffersink")
    sources = [
        graph.add_buffer(
            width=SIDE_PX,
            height=SIDE_PX,
            format=av.VideoFormat("gray"),
            time_base=Fraction(1, 25),
        )
        for _ in range(2)
    ]
    for place, source in enumerate(sources):
        source.link_to(meter, 0, place)
    meter.link_to(sink)
    graph.configure()
    for source, luma in zip(sources, (one, other), strict=True):
        frame = av.VideoFrame.from_ndarray(luma.astype(np.uint8), format="gray")
        frame.pts = 0
        source.push(frame)
        source.push(None)
    metadata = graph.pull().metadata
    return float(re.sub(r"[^0-9.]", "", metadata["lavfi.ssim.Y"]))
