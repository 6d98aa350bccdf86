"""What a scene takes from its look."""

from __future__ import annotations

from preview_worker.render.look import TEXT_RATIO
from preview_worker.render.palette import DARK, LIGHT, contrast, luminance


def test_an_unknown_section_has_the_default_colours() -> None:
    """So that any word may name one."""
    assert DARK.scheme("no such section") == DARK.scheme("default")


def test_a_ground_slopes_away_from_the_light_in_the_dark() -> None:
    """And into a shade of its own on paper."""
    for look in (DARK, LIGHT):
        scheme = look.scheme("setup")
        assert luminance(scheme.deep) < luminance(scheme.ground)


def test_the_hardest_ground_to_read_on_is_the_one_nearest_to_the_ink() -> None:
    """The glow in the dark, the deep end of the slope on paper."""
    dark, light = DARK.scheme("setup"), LIGHT.scheme("setup")

    assert luminance(dark.under) > luminance(dark.ground)
    assert luminance(light.under) < luminance(light.deep) < luminance(light.ground)
    assert light.is_light
    assert not dark.is_light


def test_an_accent_as_text_is_readable_and_still_the_accent() -> None:
    """It is moved towards the far end by no more than a third."""
    for look in (DARK, LIGHT):
        scheme = look.scheme("objective")
        moved = max(abs(a - b) for a, b in zip(scheme.accent, scheme.accent_text, strict=True))
        assert contrast(scheme.accent_text, scheme.under) >= TEXT_RATIO
        assert moved < 85


def test_a_tint_lies_between_the_ground_and_the_accent() -> None:
    """At its ends it is the one or the other."""
    scheme = DARK.scheme("setup")

    assert scheme.tint(0) == scheme.under
    assert scheme.tint(1) == scheme.accent
