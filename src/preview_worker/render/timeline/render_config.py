"""Render-config scenes: what is on each of them, and for how long, is the producer's word."""

from __future__ import annotations

from collections.abc import Mapping

from preview_worker.contract import ErrorCode, Finding, PreviewError
from preview_worker.render.model import Colour, ComposedCard, Overlay
from preview_worker.render.palette import SECTIONS, read_colour
from preview_worker.render.timeline.choreography import choreographed
from preview_worker.render.timeline.drafts import Draft, Plan, Setting
from preview_worker.render.timeline.fields import (
    SPOKEN,
    TITLES,
    Located,
    as_text,
    duration_s,
    first_text,
    identity,
    located,
)
from preview_worker.render.timeline.layouts import layout_of
from preview_worker.render.timeline.phrases import PHRASES
from preview_worker.render.timeline.steps import STEP_MIN_S, shown
from preview_worker.render.wording import headline, one_line, reading_time, speak


def plan_render_config(config: Located, setting: Setting) -> Plan:
    """Plan exactly the scenes of ``config``: no card is added and none is left out."""
    items = located(config.get("scenes"), config.at("scenes"))
    if not items:
        message = f"{config.at('scenes')} must hold at least one scene."
        raise PreviewError(ErrorCode.PAYLOAD, message)
    findings: list[Finding] = []
    drafts = tuple(
        _scene(item, index, setting, findings) for index, item in enumerate(items, start=1)
    )
    return Plan(_named(setting, drafts), drafts, tuple(findings))


def _named(setting: Setting, drafts: tuple[Draft, ...]) -> str:
    """Return the request's title, or the first title that stands on a scene."""
    if setting.title != PHRASES[setting.language].untitled:
        return setting.title
    cards = [draft.card for draft in drafts if isinstance(draft.card, ComposedCard)]
    overlays = (overlay for card in cards for overlay in card.overlays)
    return next((found.text for found in overlays if found.role == "title"), setting.title)


def _scene(item: Located, position: int, setting: Setting, findings: list[Finding]) -> Draft:
    language = setting.language
    scene_id = identity(item, f"scene-{position}")
    overlays = tuple(
        _overlay(overlay, language, scene_id, findings)
        for overlay in located(item.get("overlays"), item.at("overlays"))
    )
    overlays = tuple(overlay for overlay in overlays if overlay.text)
    spoken = speak(_spoken(item, overlays), language)
    text = " ".join(overlay.text for overlay in overlays)
    longest = max(text, spoken, key=len)
    voice = setting.voices.of(item)
    draft = Draft(
        id=scene_id,
        kind="composed",
        title=_title(item, overlays, spoken) or scene_id,
        spoken=spoken,
        section=_section(scene_id),
        card=ComposedCard(
            _ground(item, scene_id, findings),
            overlays,
            setting.catalogue.picture_of(item),
            layout=layout_of(item),
        ),
        seconds=duration_s(item, setting.profile.fps)
        or setting.voices.length_s(voice)
        or max(STEP_MIN_S, reading_time(longest, language)),
        voice=voice,
    )
    return choreographed(draft, item, setting)


def _overlay(item: Located, language: str, scene: str, findings: list[Finding]) -> Overlay:
    role = as_text(item.get("type")).strip().lower() or "body"
    position = as_text(item.get("position")).strip().lower() or "center"
    colour = _colour(item.get("fontColor"), item.at("fontColor"), scene, findings)
    text = shown(as_text(item.get("text")), language)
    return Overlay(role, text if role == "body" else one_line(text), position, colour)


def _colour(value: object, where: str, scene: str, findings: list[Finding]) -> Colour | None:
    if value is None:
        return None
    colour = read_colour(value) if isinstance(value, str) else None
    if colour is None:
        told = f"{where} is no colour that we know ({str(value)[:40]!r}); the default is used."
        findings.append(Finding("colour.unknown", told, scene))
    return colour


def _ground(item: Located, scene: str, findings: list[Finding]) -> Colour | None:
    background = item.get("background")
    value = background.get("color") if isinstance(background, Mapping) else background
    return _colour(value, item.at("background"), scene, findings)


def _spoken(item: Located, overlays: tuple[Overlay, ...]) -> str:
    said = first_text(item, SPOKEN)
    return said or " ".join(overlay.text for overlay in overlays if overlay.role == "body")


def _title(item: Located, overlays: tuple[Overlay, ...], spoken: str) -> str:
    if title := one_line(first_text(item, TITLES)):
        return headline(shown(title, "en"))
    for role in ("heading", "title", "badge"):
        for overlay in overlays:
            if overlay.role == role:
                return headline(overlay.text)
    return headline(spoken)


def _section(scene_id: str) -> str:
    name = scene_id.removeprefix("segment-").removeprefix("scene-")
    return name if name in SECTIONS else "default"
