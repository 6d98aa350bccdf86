"""Pictures are alike or not, and where not is told."""

from __future__ import annotations

import numpy as np
import pytest

from preview_worker.render.comparison.likeness import Share, compare_pictures
from tests.unit.render.comparison.sights import plain, sight


def test_a_picture_is_like_itself() -> None:
    """Entirely."""
    found = compare_pictures(sight(plain()), sight(plain()))

    assert found is not None
    assert (found.similarity, found.mean_difference, found.changed) == (1.0, 0.0, None)


def test_the_noise_of_an_encoder_is_no_difference() -> None:
    """A few levels on every pixel."""
    noise = np.random.default_rng(1).integers(-3, 4, plain().shape)
    found = compare_pictures(sight(plain(100)), sight((plain(100) + noise).astype(np.uint8)))

    assert found is not None
    assert found.changed is None
    assert found.mean_difference > 1


def test_a_change_is_found_where_it_is() -> None:
    """To a window of eight pixels."""
    other = plain()
    other[24:40, 80:120] = 200
    found = compare_pictures(sight(plain()), sight(other))

    assert found is not None
    assert found.changed == pytest.approx((80 / 160, 24 / 88, 40 / 160, 16 / 88), abs=1e-4)
    assert found.similarity < 0.99


def test_changes_far_apart_are_regions_of_their_own() -> None:
    """And the whole is the rectangle around them."""
    other = plain()
    other[0:8, 0:8] = other[80:88, 152:160] = 200
    found = compare_pictures(sight(plain()), sight(other))

    assert found is not None
    assert len(found.regions) == 2
    assert found.changed == Share(0, 0, 1, 1)


def test_letters_of_another_colour_are_a_change() -> None:
    """Though they are as bright as before."""
    other = plain(100)
    other[40:48, 40:56] = (140, 88, 100)

    found = compare_pictures(sight(plain(100)), sight(other))
    assert found is not None
    assert found.changed is not None


def test_pictures_of_different_sizes_are_not_compared() -> None:
    """Their previews have different shapes, which is told instead."""
    assert compare_pictures(sight(plain()), sight(plain(size=(88, 160)))) is None
