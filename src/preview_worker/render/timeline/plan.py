"""One preview request in, one timeline out: the adapter of its shape does the reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from preview_worker.contract import Finding, PreviewJob, PreviewRequest
from preview_worker.render.language import DEFAULT, guess_language, is_east_asian
from preview_worker.render.model import Profile, Timeline
from preview_worker.render.settings import RenderSettings
from preview_worker.render.soundtrack import Lengths, SoundRef
from preview_worker.render.timeline.artifact_set import read_artifact_set
from preview_worker.render.timeline.attire import plan_attire
from preview_worker.render.timeline.captioning import read_captioning
from preview_worker.render.timeline.chapter import plan_chapter
from preview_worker.render.timeline.chapters import plan_chapters
from preview_worker.render.timeline.cost import check_cost, check_scene_count, check_source
from preview_worker.render.timeline.drafts import Draft, Plan, Setting, place, signed
from preview_worker.render.timeline.fields import Located, as_text, located
from preview_worker.render.timeline.game import plan_game
from preview_worker.render.timeline.phrases import PHRASES, language_of
from preview_worker.render.timeline.pictures import Catalogue
from preview_worker.render.timeline.profile import plan_profile
from preview_worker.render.timeline.render_config import plan_render_config
from preview_worker.render.timeline.script import list_of, plan_script
from preview_worker.render.timeline.sound import narration_assets, read_soundtrack
from preview_worker.render.timeline.steps import plan_steps, shown
from preview_worker.render.timeline.storyboard import plan_storyboard
from preview_worker.render.timeline.transitions import default_passage
from preview_worker.render.timeline.translations import in_language, languages_of
from preview_worker.render.timeline.unread import find_unread, tell_unread
from preview_worker.render.timeline.voices import Voices
from preview_worker.render.wording import one_line

ROOT = "/previewRequest"
NAMES = (
    ("gameName",),
    ("game", "name"),
    ("metadata", "gameName"),
    ("title",),
    ("game",),
    ("name",),
)
"""Where a source of scenes says what it is about."""


def unknown_length(sound: SoundRef) -> None:
    """Say that nobody listened to ``sound`` yet."""
    del sound


def plan_timeline(
    job: PreviewJob, settings: RenderSettings, lengths: Lengths = unknown_length
) -> Timeline:
    """Decide who is on which frame; pure, so nothing is opened and nothing is painted.

    ``lengths`` tells how long narrations are, for scenes that say nothing of their duration.
    Raises ``PreviewError`` for options that are not supported, fields that cannot be read, and
    previews beyond the limits of ``settings``.
    """
    request = job.request
    check_source((request.title, request.description, _source(request).record), settings)
    language = _language(request)
    if languages_of(request):
        request = in_language(request, language, own=True)
    profile, clamped = plan_profile(request, settings)
    source = _source(request)
    path, items = _items(request, source)
    check_scene_count(_scene_count(items), settings)
    catalogue = Catalogue(request.assets, f"{ROOT}/assets")
    attire = plan_attire(request, settings.brand, catalogue)

    def plan_in(request: PreviewRequest, language: str) -> Plan:
        source = _source(request)
        setting = _setting(request, source, (language, profile), lengths)
        return _ADAPTERS[request.source](request, source, setting)

    passing: list[Finding] = []
    passage = default_passage(request, passing)
    plan = plan_in(request, language)
    alive = (finding for draft in plan.drafts for finding in draft.findings)
    check_cost(plan.drafts, settings)
    captioning, missing = read_captioning(job.request, plan, language, plan_in)
    return Timeline(
        title=plan.title,
        language=language,
        profile=profile,
        scenes=place(_distinct(signed(plan.drafts, attire.brand.signature)), profile.fps, passage),
        findings=(
            *clamped,
            *attire.findings,
            *passing,
            *plan.findings,
            *alive,
            *missing,
            *tell_unread(items),
        ),
        unread=find_unread(items, path),
        sound=read_soundtrack(request, source, items, profile.fps),
        captioning=captioning,
        look=attire.look,
        watermark=attire.watermark,
        artifact_set=read_artifact_set(request),
    )


def _source(request: PreviewRequest) -> Located:
    """Return the object that the scenes come from; for a list of them, the request around it."""
    record: Mapping[str, object] | None = {
        "storyboard": request.storyboard,
        "renderConfig": request.render_config,
        "script": request.script,
        "chapter": request.chapter,
        "game": request.game,
    }.get(request.source)
    if record is None:
        return Located({"chapters": request.chapters, "steps": request.steps}, ROOT)
    return Located(record, f"{ROOT}/{request.source}")


def _language(request: PreviewRequest) -> str:
    extra = request.model_extra or {}
    return language_of(
        (
            extra.get("language"),
            request.options.get("language"),
            request.options.get("lang"),
            _source(request).get("language"),
            request.metadata.get("language"),
            _language_written(request),
            DEFAULT,
        )
    )


def _setting(
    request: PreviewRequest, source: Located, shape: tuple[str, Profile], lengths: Lengths
) -> Setting:
    language, profile = shape
    named = [request.title or "", *(as_text(source.get(*path)) for path in NAMES)]
    title = next(filter(None, (one_line(shown(name, language)) for name in named)), "")
    return Setting(
        title=title or PHRASES[language].untitled,
        description=one_line(shown(request.description or "", language)),
        language=language,
        profile=profile,
        catalogue=Catalogue(request.assets, f"{ROOT}/assets"),
        voices=Voices(narration_assets(request, source), lengths),
    )


def _language_written(request: PreviewRequest) -> str:
    """Return the language that the scenes are visibly in; nothing where letters do not tell."""
    if languages_of(request):
        return ""
    text = " ".join(_strings((request.title, request.description, _source(request).record)))
    return guess_language(text) if is_east_asian(text) else ""


def _strings(value: object) -> Iterator[str]:
    """Yield every string within ``value``, whatever it is there for."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, Sequence):
        for part in value:
            yield from _strings(part)


def _items(request: PreviewRequest, source: Located) -> tuple[str, object]:
    """Return the list of scenes, steps or chapters as the payload has it, and where it stands."""
    match request.source:
        case "storyboard" | "renderConfig":
            name = "scenes"
        case "script":
            name = list_of(source)
        case "chapters":
            name = "chapters"
        case _:
            name = "steps"
    return source.at(name), source.get(name)


def _scene_count(items: object) -> int:
    if not isinstance(items, list):
        return 0
    nested = (item.get("steps") for item in items if isinstance(item, dict))
    return len(items) + sum(len(steps) for steps in nested if isinstance(steps, list))


def _chapter(request: PreviewRequest, source: Located, setting: Setting) -> Plan:
    return plan_chapter(source, setting, titled=bool(request.title))


def _chapters(request: PreviewRequest, source: Located, setting: Setting) -> Plan:
    items = located(source.get("chapters"), source.at("chapters"))
    return plan_chapters(items, setting, request.chapter_id)


def _steps(_request: PreviewRequest, source: Located, setting: Setting) -> Plan:
    return plan_steps(source.get("steps"), source.at("steps"), setting)


_Adapter = Callable[[PreviewRequest, Located, Setting], Plan]
_ADAPTERS: dict[str, _Adapter] = {
    "storyboard": lambda _, source, setting: plan_storyboard(source, setting),
    "renderConfig": lambda _, source, setting: plan_render_config(source, setting),
    "script": lambda _, source, setting: plan_script(source, setting),
    "chapters": _chapters,
    "chapter": _chapter,
    "steps": _steps,
    "game": lambda _, source, setting: plan_game(source, setting),
}


def _distinct(drafts: Sequence[Draft]) -> list[Draft]:
    """Give every scene an id of its own: a second ``setup`` becomes ``setup-2``."""
    taken: set[str] = set()
    counts: Counter[str] = Counter()
    named = []
    for draft in drafts:
        own = draft.id
        while own in taken:
            counts[draft.id] += 1
            own = f"{draft.id}-{counts[draft.id] + 1}"
        taken.add(own)
        named.append(draft if own == draft.id else replace(draft, id=own))
    return named
