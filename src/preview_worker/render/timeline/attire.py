"""What a preview wears: the theme that is asked for, in the colours of the brand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from preview_worker.contract import Finding, PreviewRequest
from preview_worker.render.brand import Brand, dress
from preview_worker.render.colour import Colour, read_colour
from preview_worker.render.look import Look
from preview_worker.render.palette import DARK, THEMES
from preview_worker.render.picture import PictureRef
from preview_worker.render.timeline.fields import Located, as_text
from preview_worker.render.timeline.pictures import Catalogue
from preview_worker.render.wording import clean, one_line, shorten

FAMILIES = ("inter",)
"""Font families that the package carries and that a brand may name."""
NAME_CHARS = 60
_LOGOS = (("logo",), ("logos", "primary"), ("logos", "mono"))
_FONTS = (("font", "family"), ("typography", "family"), ("fontFamily",), ("font",))


def plan_attire(
    request: PreviewRequest, brand_file: str, catalogue: Catalogue
) -> tuple[Look, Brand, tuple[Finding, ...]]:
    """Return the look, the brand, and what a person should know of both.

    The brand is that of the request over that of ``brand_file``, JSON text or empty, key by key.
    """
    findings: list[Finding] = []
    item = Located(_described(request, brand_file), "/previewRequest/brand")
    brand = _brand(item, catalogue, findings)
    look = _theme(request, brand, findings)
    if request.options.get("watermark") or item.get("watermark", "enabled"):
        told = "No watermark is drawn: the brand signs the opening and the end."
        advice = "Nothing has to be done; a mark on every picture keeps a preview from passing."
        findings.append(Finding("brand.watermark", told, severity="note", suggestion=advice))
    return dress(look, brand, findings), brand, tuple(findings)


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
