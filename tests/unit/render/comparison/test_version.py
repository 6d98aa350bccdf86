"""A version is looked at in pictures that are small enough to be compared."""

from __future__ import annotations

import numpy as np
import pytest
from av.video.frame import VideoFrame

from preview_worker.render.comparison.version import Sight
from tests.unit.render.comparison.sights import plain, scene, version


@pytest.mark.parametrize(
    ("size", "expected"), [((1920, 1080), (960, 540)), ((1080, 1920), (304, 540)), ((64, 36),) * 2]
)
def test_a_sight_is_shrunk_but_never_grown(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    """Within 960 by 540, in its own shape."""
    seen = Sight.of(VideoFrame.from_ndarray(plain(100, size), format="rgb24"))

    assert (seen.width_px, seen.height_px) == expected
    assert seen.pixels.shape == (expected[1], expected[0], 3)
    assert np.abs(seen.pixels.astype(int) - 100).max() <= 1


def test_a_version_lasts_as_long_as_its_scenes() -> None:
    """In seconds, exactly."""
    assert version(scene("a", frames=40), scene("b", frames=10)).seconds * 3 == 5
