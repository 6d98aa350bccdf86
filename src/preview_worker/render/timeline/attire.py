"""What a preview wears: the theme that is asked for, in the colours of the brand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from preview_worker.contract import Finding, PreviewRequest
from preview_worker.render.brand import Brand, Watermark, dress
from preview_worker.render.colour import Colour, read_colour
from preview_worker.render.look import Look
from preview_worker.render.palette import DARK, THEMES
from preview_worker.render.picture import PictureRef
from preview_worker.render.timeline.fields import Located, as_text, number
from preview_worker.render.timeline.pictures import Catalogue
from preview_worker.render.wording import clean, one_line, shorten

FAMILIES = ("inter",)
"""Font families that the package carries and that a brand may name."""
NAME_CHARS = 60
MOST_MARK = 320.0
_LOGOS = (("logo",), ("logos", "primary"), ("logos", "mono"))
_FONTS = (("font", "family"), ("typography", "family"), ("fontFamily",), ("font",))


@dataclass(frozen=True, slots=True)
class Attire:
    """The look in the colours of the brand, and what a person should know of both."""

    look: Look
    brand: Brand
    watermark: Watermark | None
    findings: tuple[Finding, ...]


def plan_attire(request: PreviewRequest, brand_file: str, catalogue: Catalogue) -> Attire:
    """Return what the preview wears.

    The brand is that of the request over that of ``brand_file``, JSON text or empty, key by key.
    """
    findings: list[Finding] = []
    item = Located(_described(request, brand_file), "/previewRequest/brand")
    brand = _brand(item, catalogue, findings)
    look = dress(_theme(request, brand, findings), brand, findings)
    watermark = _watermark(request, item, brand, findings)
    return Attire(look, brand, watermark, tuple(findings))


def _watermark(
    request: PreviewRequest, item: Located, brand: Brand, findings: list[Finding]
) -> Watermark | None:
    """Return the watermark that the request's options ask for; a brand alone asks for none."""
    asked = request.options.get("watermark")
    if not asked and not item.get("watermark", "enabled"):
        return None
    if asked and brand.logo:
        shape = item.get("watermark")
        own = {**(shape if isinstance(shape, Mapping) else {})}
        own.update(asked if isinstance(asked, Mapping) else {})
        return _shaped(Watermark(brand.logo), Located(own, "/previewRequest/options/watermark"))
    told = "No watermark is drawn: " + (
        "the brand has no logo." if asked else "only options.watermark asks for one."
    )
    advice = "Nothing has to be done; a mark on every picture keeps a preview from passing."
    findings.append(Finding("brand.watermark", told, severity="note", suggestion=advice))
    return None


def _shaped(watermark: Watermark, item: Located) -> Watermark:
    position = as_text(item.get("position")).strip().lower() or watermark.position
    opacity = number(item.get("opacity"), item.at("opacity"))
    width = number(item.get("width"), item.at("width"))
    return replace(
        watermark,
        position=position,
        opacity=watermark.opacity if opacity is None else min(max(float(opacity), 0.05), 1.0),
        width=watermark.width if width is None else min(max(float(width), 40.0), MOST_MARK),
    )


def _described(request: PreviewRequest, brand_file: str) -> Mapping[str, Any]:
    own = (request.model_extra or {}).get("brand") or request.options.get("brand")
    kept = json.loads(brand_file) if brand_file else {}
    return _over(_unwrapped(kept), _unwrapped(own))


def _unwrapped(value: object) -> Mapping[str, Any]:
    """Return a brand from what holds it: a whole configuration, the brand alone, or its name."""
    if isinstance(value, str):
        return {"name": value}
    if not isinstance(value, Mapping):
        return {}
    inner = value.get("brand")
    if not isinstance(inner, Mapping):
        return value
    around = {"watermark": value["watermark"]} if "watermark" in value else {}
    return {**around, **inner}


def _over(under: Mapping[str, Any], over: Mapping[str, Any]) -> Mapping[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            merged[key] = _over(below, value)
        else:
            merged[key] = value
    return merged


def _theme(request: PreviewRequest, brand: Brand, findings: list[Finding]) -> Look:
    name = as_text(request.options.get("theme")).strip().lower()
    if not name:
        return THEMES[brand.theme] if brand.ground else DARK
    if name not in THEMES:
        told = f"There is no theme {name[:40]!r}; the {DARK.theme} one is used."
        known = f"Ask for {' or '.join(THEMES)}."
        findings.append(Finding("theme.unknown", told, suggestion=known))
    return THEMES.get(name, DARK)


def _brand(item: Located, catalogue: Catalogue, findings: list[Finding]) -> Brand:
    def colour(*names: str) -> Colour | None:
        for group in ("colors", "colours"):
            for name in names:
                if (value := item.get(group, name)) is not None:
                    return _colour(value, item.at(group, name), findings)
        return None

    _judge_font(item, findings)
    others = (colour("primary"), colour("secondary"))
    return Brand(
        name=shorten(one_line(clean(as_text(item.get("name")))), NAME_CHARS),
        logo=_logo(item, catalogue, findings),
        ground=colour("background", "ground"),
        accent=colour("accent", "primary"),
        title=colour("text"),
        text=colour("muted"),
        tiles=tuple(one for one in others if one is not None),
    )


def _colour(value: object, where: str, findings: list[Finding]) -> Colour | None:
    found = read_colour(value) if isinstance(value, str) else None
    if found is None:
        told = f"{where} is no colour that we know ({str(value)[:40]!r}); the theme's is used."
        findings.append(Finding("colour.unknown", told))
    return found


def _logo(item: Located, catalogue: Catalogue, findings: list[Finding]) -> PictureRef | None:
    for path in _LOGOS:
        if value := item.get(*path):
            return catalogue.sought(Located({"image": value}, item.at(*path)), findings, "")
    return None


def _judge_font(item: Located, findings: list[Finding]) -> None:
    family = next((text for path in _FONTS if (text := as_text(item.get(*path)))), "")
    if not family or family.strip().lower() in FAMILIES:
        return
    told = f"The font {family[:40]!r} is not carried along; Inter is used."
    suggestion = "Name Inter, so that previews look as the brand says."
    findings.append(Finding("brand.font", told, severity="note", suggestion=suggestion))
