"""The theme is the producer's choice, and the brand is worn."""

from __future__ import annotations

import json
from typing import Any

import pytest

from preview_worker.render.model import EndCard, Timeline, TitleCard
from preview_worker.render.settings import RenderSettings
from preview_worker.render.timeline import plan_timeline
from tests.unit.render.jobs import job_of, timeline_of

BRAND = {
    "brand": {
        "name": "Moss & Fern",
        "logos": {"primary": "logo.png"},
        "colors": {"accent": "#FFD54F", "background": "#0B0B0D", "text": "#FFFFFF"},
        "typography": {"family": "Inter", "weight": "SemiBold"},
    },
    "watermark": {"enabled": False},
}


def _signed(timeline: Timeline) -> list[str]:
    cards = [scene.card for scene in timeline.scenes]
    signatures = [card.signature for card in cards if isinstance(card, TitleCard | EndCard)]
    return [f"{one.name} {one.logo.candidates if one.logo else ''}" for one in signatures if one]


@pytest.mark.parametrize(
    ("options", "theme"),
    [({}, "dark"), ({"theme": "light"}, "light"), ({"theme": " Dark "}, "dark")],
)
def test_the_theme_is_the_one_that_is_asked_for(options: dict[str, str], theme: str) -> None:
    """Dark where none is."""
    timeline = timeline_of(options=options, steps=["A step."])

    assert timeline.look.theme == theme
    assert timeline.findings == ()


def test_an_unknown_theme_is_told_and_the_dark_one_used() -> None:
    """With the names that are known."""
    timeline = timeline_of(options={"theme": "neon"}, steps=["A step."])
    (finding,) = timeline.findings

    assert timeline.look.theme == "dark"
    assert (finding.code, finding.suggestion) == ("theme.unknown", "Ask for dark or light.")


@pytest.mark.parametrize("request_of", [{"brand": BRAND}, {"options": {"brand": BRAND["brand"]}}])
def test_a_brand_is_read_as_a_whole_configuration_or_alone(request_of: dict[str, Any]) -> None:
    """From the request or its options."""
    timeline = timeline_of(steps=["A step."], **request_of)

    assert timeline.look.scheme("setup").accent == (0xFF, 0xD5, 0x4F)
    assert timeline.look.scheme("setup").ground == (0x0B, 0x0B, 0x0D)
    assert _signed(timeline) == ["Moss & Fern ('logo.png',)"] * 2
    assert timeline.findings == ()


def test_a_brand_may_be_a_name_alone() -> None:
    """Which signs, in the theme's own colours."""
    timeline = timeline_of(steps=["A step."], brand="Moss & Fern")

    assert _signed(timeline) == ["Moss & Fern "] * 2
    assert timeline.look == timeline_of(steps=["A step."]).look


def test_the_request_wins_over_the_file_key_by_key() -> None:
    """What it does not say is the file's."""
    settings = RenderSettings(brand=json.dumps(BRAND))
    own = {"name": "Fern", "colors": {"accent": "#FFFFFF"}}
    timeline = plan_timeline(job_of(steps=["A step."], brand=own), settings)
    scheme = timeline.look.scheme("setup")

    assert _signed(timeline) == ["Fern ('logo.png',)"] * 2
    assert (scheme.accent, scheme.ground) == ((255, 255, 255), (0x0B, 0x0B, 0x0D))


def test_the_logo_may_be_an_asset_of_the_request() -> None:
    """By its id."""
    assets = [{"id": "logo", "path": "marks/fern.png"}]
    timeline = timeline_of(steps=["A step."], assets=assets, brand={"logo": "logo"})

    assert _signed(timeline) == [" ('marks/fern.png',)"] * 2


@pytest.mark.parametrize(
    ("brand", "code"),
    [
        ({"font": {"family": "Papyrus"}}, "brand.font"),
        ({"colors": {"accent": "loud"}}, "colour.unknown"),
        ({"logo": "ghost"}, "asset.unknown"),
        ({"watermark": {"enabled": True}}, "brand.watermark"),
        ({"colors": {"accent": "#1F7AE0"}}, "brand.contrast"),
    ],
)
def test_what_cannot_be_worn_as_it_is_is_told(brand: dict[str, Any], code: str) -> None:
    """And the preview is made without it."""
    timeline = timeline_of(steps=["A step."], brand=brand)

    assert code in {finding.code for finding in timeline.findings}


@pytest.mark.parametrize("brand", [7, [], {"brand": 3}, {"colors": []}, {"name": {}}, None])
def test_a_brand_of_another_shape_changes_nothing(brand: object) -> None:
    """It is no reason to fail."""
    timeline = timeline_of(steps=["A step."], brand=brand)

    assert timeline.look == timeline_of(steps=["A step."]).look
    assert _signed(timeline) == []


def test_a_watermark_is_drawn_only_for_those_who_ask() -> None:
    """In the options of the request; its shape is the brand's unless they say another."""
    brand = {"logo": "logo.png", "watermark": {"enabled": True, "opacity": 0.3, "width": 90}}
    asked = timeline_of(steps=["A step."], brand=brand, options={"watermark": {"width": 9999}})
    alone = timeline_of(steps=["A step."], brand=brand)

    assert asked.watermark is not None
    assert (asked.watermark.opacity, asked.watermark.width) == (0.3, 320)
    assert asked.watermark.logo in asked.pictures
    assert alone.watermark is None
    assert {finding.code for finding in alone.findings} == {"brand.watermark"}


def test_a_watermark_needs_a_logo() -> None:
    """A name alone is no mark."""
    timeline = timeline_of(steps=["A step."], brand="Moss", options={"watermark": True})

    assert timeline.watermark is None
    assert {finding.code for finding in timeline.findings} == {"brand.watermark"}
