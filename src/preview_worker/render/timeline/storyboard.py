"""A storyboard: scenes whose producer placed every picture and text, each with a time of its own.

Contract 1.1.0 places everything; the scenes of 1.2.0 and 1.0.0 say what is shown and leave the
place to us, so each scene is read by what it holds.
"""

from __future__ import annotations

from fractions import Fraction

from preview_worker.contract import ErrorCode, Finding, PreviewError
from preview_worker.render.model import StagedCard, StagedText
from preview_worker.render.timeline.canonical import is_canonical, plan_canonical
from preview_worker.render.timeline.choreography import choreographed
from preview_worker.render.timeline.drafts import Draft, Plan, Setting, lasting
from preview_worker.render.timeline.fields import (
    SPOKEN,
    TITLES,
    Located,
    as_text,
    first_text,
    identity,
    located,
    number,
)
from preview_worker.render.timeline.old_scenes import plan_old_scene
from preview_worker.render.timeline.sections import section_among
from preview_worker.render.timeline.steps import shown
from preview_worker.render.timeline.visuals import layer_of, region_of, stage_visuals
from preview_worker.render.wording import headline, one_line, speak

KNOWN = ("1.0", "1.1", "1.2")
SILENT_ROLES = {"brand", "transition"}
_TITLE_SECTIONS = {"intro", "end_card", "transition"}


def plan_storyboard(board: Located, setting: Setting) -> Plan:
    """Plan exactly the scenes of ``board``: no card is added and none is left out."""
    items = located(board.get("scenes"), board.at("scenes"))
    if not items:
        message = f"{board.at('scenes')} must hold at least one scene."
        raise PreviewError(ErrorCode.PAYLOAD, message)
    findings: list[Finding] = []
    version = as_text(board.get("storyboardContractVersion"))
    if version and not version.startswith(KNOWN):
        told = f"Storyboard contract {version[:20]!r} is not known; it is read as 1.2."
        findings.append(Finding("storyboard.version", told))
    drafts = []
    for position, item in enumerate(items, 1):
        drafts.append(_scene(item, (position, len(items)), setting, findings))
    return Plan(setting.title, tuple(drafts), tuple(findings))


def _scene(
    item: Located, place: tuple[int, int], setting: Setting, findings: list[Finding]
) -> Draft:
    if _is_staged(item):
        return _staged(item, place[0], setting, findings)
    if is_canonical(item):
        return plan_canonical(item, place, setting, findings)
    return plan_old_scene(item, place, setting, findings)


def _things(item: Located, name: str) -> list[Located]:
    return located(item.get(name), item.at(name))


def _is_staged(item: Located) -> bool:
    things = [*_things(item, "overlays"), *_things(item, "visuals")]
    return any(isinstance(thing.get("placement"), dict) for thing in things)


def _staged(item: Located, position: int, setting: Setting, findings: list[Finding]) -> Draft:
    language = setting.language
    scene_id = identity(item, f"scene-{position}")
    overlays = [one for one in _things(item, "overlays") if as_text(one.get("text")).strip()]
    words = [
        speak(as_text(one.get("text")), language)
        for one in overlays
        if as_text(one.get("role")).lower() not in SILENT_ROLES
    ]
    spoken = speak(first_text(item, SPOKEN), language) or " ".join(dict.fromkeys(words))
    seconds = lasting(item, setting, spoken)
    texts = tuple(_text(one, item, seconds, (setting, findings)) for one in overlays)
    pictures = stage_visuals(_things(item, "visuals"), (scene_id, seconds), setting, findings)
    title = one_line(shown(first_text(item, TITLES), language))
    draft = Draft(
        id=scene_id,
        kind="composed",
        title=headline(title or (texts[0].text if texts else "")) or scene_id,
        spoken=spoken,
        section=section_among((item.get("segmentId"), item.get("type"), scene_id)),
        card=StagedCard(pictures, texts),
        seconds=seconds,
        voice=setting.voices.of(item),
    )
    return choreographed(draft, item, setting)


def _text(
    overlay: Located, item: Located, seconds: Fraction, around: tuple[Setting, list[Finding]]
) -> StagedText:
    setting, findings = around
    fps = setting.profile.fps
    start = number(overlay.get("startSec"), overlay.at("startSec")) or Fraction(0)
    end = number(overlay.get("endSec"), overlay.at("endSec"))
    if end is None:
        end = seconds
    if not 0 <= start < min(end, seconds) or end > seconds + 1 / fps:
        told = (
            f"{overlay.where} is on from {float(start):g} s to {float(end):g} s of a scene that "
            f"lasts {float(seconds):g} s; it is shown within the scene."
        )
        findings.append(Finding("overlay.times", told, identity(item, "")))
        start = start if 0 <= start < seconds else Fraction(0)
        end = end if start < end else seconds
    role = as_text(overlay.get("role")).strip().lower()
    if not role:
        leads = as_text(item.get("type")) in _TITLE_SECTIONS and overlay.where.endswith("/0")
        role = "title" if leads else "body"
    first = int(start * fps + Fraction(1, 2))
    last = int(end * fps + Fraction(1, 2))
    through = end + 1 / fps > seconds
    text = shown(as_text(overlay.get("text")), setting.language)
    until = None if through else max(first + 1, last)
    return StagedText(role, text, region_of(overlay), first, until, layer_of(overlay))
