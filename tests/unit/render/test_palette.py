"""Themes: every one of them is complete and readable."""

from __future__ import annotations

import pytest

from preview_worker.render.look import TEXT_RATIO, Look
from preview_worker.render.palette import SECTIONS, STEP_SECTIONS, THEMES, contrast, luminance

LOOKS = [
    pytest.param(look, name, id=f"{look.theme}-{name}")
    for look in THEMES.values()
    for name in SECTIONS
]


@pytest.mark.parametrize(("look", "section"), LOOKS)
def test_every_ink_can_be_read_on_its_ground(look: Look, section: str) -> None:
    """7 to 1 or more, on the part of the ground that is hardest to read on."""
    scheme = look.scheme(section)

    assert contrast(look.title, scheme.under) >= TEXT_RATIO
    assert contrast(look.text, scheme.under) >= TEXT_RATIO
    assert contrast(scheme.accent_text, scheme.under) >= TEXT_RATIO


@pytest.mark.parametrize(("look", "section"), LOOKS)
def test_signs_can_be_read_on_accents(look: Look, section: str) -> None:
    """The digits of a badge have 7 to 1 as well."""
    assert contrast(look.mark, look.scheme(section).accent) >= TEXT_RATIO


@pytest.mark.parametrize("look", THEMES.values(), ids=list(THEMES))
def test_every_theme_knows_every_section(look: Look) -> None:
    """And those that steps take in turn."""
    assert set(look.sections) == set(SECTIONS)
    assert set(STEP_SECTIONS) <= set(look.sections)


def test_the_dark_theme_has_upstreams_colours() -> None:
    """The setup's, for one."""
    scheme = THEMES["dark"].scheme("setup")

    assert (scheme.ground, scheme.accent) == ((0x1C, 0x23, 0x33), (0xFB, 0xBF, 0x24))


def test_the_light_theme_is_light() -> None:
    """Its grounds are nearly white, with a tint of the section."""
    grounds = [section.ground for section in THEMES["light"].sections.values()]

    assert min(map(luminance, grounds)) > 0.85
    assert len(set(grounds)) > 8
