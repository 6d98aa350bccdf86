"""A look in a brand's colours is still one that everybody can read."""

from __future__ import annotations

import pytest

from preview_worker.contract import Finding
from preview_worker.render.brand import Brand, dress
from preview_worker.render.colour import BLACK, WHITE, Colour
from preview_worker.render.look import TEXT_RATIO, Look
from preview_worker.render.palette import DARK, LIGHT, contrast

YELLOW, BLUE, NIGHT = Colour(255, 213, 79), Colour(31, 122, 224), Colour(11, 11, 13)
SAMPLES = [
    BLACK,
    WHITE,
    YELLOW,
    BLUE,
    NIGHT,
    Colour(119, 119, 119),
    Colour(230, 0, 60),
    Colour(0, 120, 40),
]


@pytest.mark.parametrize("look", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("ground", [None, *SAMPLES])
@pytest.mark.parametrize("accent", [None, *SAMPLES])
def test_every_brand_can_be_read(look: Look, ground: Colour | None, accent: Colour | None) -> None:
    """7 to 1 for titles, texts, accents as words and digits on accents."""
    brand = Brand(ground=ground, accent=accent, title=accent, text=ground, tiles=(BLUE,))
    worn = dress(look, brand, [])

    for section in worn.sections:
        scheme = worn.scheme(section)
        for ink in (worn.title, worn.text, scheme.accent_text):
            assert contrast(ink, scheme.under) >= TEXT_RATIO
        assert contrast(worn.mark, scheme.accent) >= TEXT_RATIO


def test_colours_that_can_be_read_stay_as_they_are() -> None:
    """And nothing is told."""
    findings: list[Finding] = []
    worn = dress(DARK, Brand(ground=NIGHT, accent=YELLOW, title=WHITE), findings)
    scheme = worn.scheme("setup")

    assert (scheme.ground, scheme.accent, worn.title) == (NIGHT, YELLOW, WHITE)
    assert findings == []


def test_a_colour_that_is_moved_is_told_with_its_ratio() -> None:
    """It keeps its hue, lighter by no more than reading asks for."""
    findings: list[Finding] = []
    accent = dress(DARK, Brand(accent=BLUE), findings).scheme("setup").accent
    finding = findings[0]

    assert finding.code == "brand.contrast"
    assert "#1F7AE0 has 4." in finding.message
    assert finding.measured == pytest.approx(contrast(BLUE, DARK.mark), abs=0.01)
    assert finding.limit == TEXT_RATIO
    assert accent.blue > accent.green > accent.red > BLUE.red


def test_a_ground_of_the_other_theme_is_not_used() -> None:
    """It would have to become another colour altogether."""
    findings: list[Finding] = []
    worn = dress(LIGHT, Brand(ground=NIGHT), findings)

    assert worn.sections == LIGHT.sections
    assert "theme" in findings[0].message


@pytest.mark.parametrize(("ground", "theme"), [(NIGHT, "dark"), (WHITE, "light"), (None, "dark")])
def test_a_ground_asks_for_the_theme_that_suits(ground: Colour | None, theme: str) -> None:
    """Where the producer asks for none."""
    assert Brand(ground=ground).theme == theme


def test_tiles_take_the_brands_colours_in_turn() -> None:
    """All of them, where they can be told from the ground."""
    worn = dress(DARK, Brand(ground=NIGHT, accent=YELLOW, tiles=(BLUE,)), [])

    assert {worn.scheme(name).tile for name in worn.sections} == {YELLOW, BLUE}


def test_a_brand_without_a_name_and_a_logo_does_not_sign() -> None:
    """Its colours alone say enough."""
    assert Brand(accent=YELLOW).signature is None
    assert Brand(name="Moss").signature is not None


def test_no_brand_changes_nothing() -> None:
    """Not a colour of the theme."""
    assert dress(DARK, Brand(), []) == DARK
    assert dress(LIGHT, Brand(), []) == LIGHT
