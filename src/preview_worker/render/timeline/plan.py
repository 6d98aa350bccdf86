"""One preview request in, one timeline out: the adapter of its shape does the reading."""

from __future__ import annotations

from preview_worker.contract import ErrorCode, Finding, PreviewError, PreviewJob, PreviewRequest
from preview_worker.render.model import Profile, Timeline
from preview_worker.render.settings import RenderSettings
from preview_worker.render.timeline.chapter import plan_chapter
from preview_worker.render.timeline.cost import check_cost, check_scene_count
from preview_worker.render.timeline.drafts import Plan, Setting, place
from preview_worker.render.timeline.fields import Located, as_text
from preview_worker.render.timeline.phrases import PHRASES, language_of
from preview_worker.render.timeline.pictures import Catalogue
from preview_worker.render.timeline.profile import plan_profile
from preview_worker.render.timeline.render_config import plan_render_config
from preview_worker.render.timeline.steps import plan_steps, shown
from preview_worker.render.wording import one_line

ROOT = "/previewRequest"


def plan_timeline(job: PreviewJob, settings: RenderSettings) -> Timeline:
    """Decide who is on which frame; pure, so nothing is opened and nothing is painted.

    Raises ``PreviewError`` for options that are not supported, fields that cannot be read, and
    previews beyond the limits of ``settings``.
    """
    request = job.request
    profile, clamped = plan_profile(request, settings)
    setting = _setting(request, profile)
    check_scene_count(_scene_count(request), settings)
    plan = _adapted(request, setting)
    check_cost(plan.drafts, settings)
    return Timeline(
        title=plan.title,
        language=setting.language,
        profile=profile,
        scenes=place(plan.drafts, profile.fps),
        captioned=request.options.get("includeCaptions") is not False,
        findings=(*clamped, *plan.findings, *_silence(request)),
    )


def _setting(request: PreviewRequest, profile: Profile) -> Setting:
    config = request.render_config or {}
    extra = request.model_extra or {}
    language = language_of(
        (
            extra.get("language"),
            request.options.get("language"),
            request.options.get("lang"),
            config.get("language"),
            request.metadata.get("language"),
        )
    )
    named = request.title or as_text(config.get("gameName")) or as_text(config.get("title"))
    return Setting(
        title=one_line(shown(named, language)) or PHRASES[language].untitled,
        description=one_line(shown(request.description or "", language)),
        language=language,
        profile=profile,
        catalogue=Catalogue(request.assets, f"{ROOT}/assets"),
    )


def _scene_count(request: PreviewRequest) -> int:
    lists = {
        "renderConfig": (request.render_config or {}).get("scenes"),
        "chapter": (request.chapter or {}).get("steps"),
        "steps": request.steps,
    }
    scenes = lists[request.source]
    return len(scenes) if isinstance(scenes, list) else 0


def _adapted(request: PreviewRequest, setting: Setting) -> Plan:
    match request.source:
        case "renderConfig":
            config = Located(request.render_config or {}, f"{ROOT}/renderConfig")
            return plan_render_config(config, setting)
        case "chapter":
            chapter = Located(request.chapter or {}, f"{ROOT}/chapter")
            return plan_chapter(chapter, setting, titled=bool(request.title))
        case "steps":
            return plan_steps(request.steps, f"{ROOT}/steps", setting)
        case other:
            raise PreviewError(ErrorCode.PAYLOAD, f"No scenes can be read from {other}.")


def _silence(request: PreviewRequest) -> tuple[Finding, ...]:
    scenes = (request.render_config or {}).get("scenes")
    items = scenes if isinstance(scenes, list) else request.steps
    heard = any(request.audio.values()) or any(
        isinstance(item, dict) and (item.get("audio") or item.get("audioFile")) for item in items
    )
    if not heard:
        return ()
    told = "The payload names audio, which is not mixed: the track of this preview is silent."
    return (Finding("audio.not_mixed", told),)
