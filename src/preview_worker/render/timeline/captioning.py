"""Which captions a request asks for, and what is said in the other languages that it names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from preview_worker.contract import Finding, PreviewError, PreviewRequest
from preview_worker.render.language import primary
from preview_worker.render.subtitling import CaptionFormat, Captioning, Translation
from preview_worker.render.timeline.drafts import Draft, Plan
from preview_worker.render.timeline.fields import as_text
from preview_worker.render.timeline.translations import (
    in_language,
    languages_of,
    read_tag,
)

BURNING = ("burnCaptions", "burnInCaptions", "captionBurnIn")
LOCALES = "captionLocales"
LOCALE_NAMES = ("locale", "language", "lang", "code")
MOST_LANGUAGES = 16
SHOWN_SCENES = 5

PlanIn = Callable[[PreviewRequest, str], Plan]
"""Plans the scenes of a request that reads in a language."""


def read_captioning(
    request: PreviewRequest, plan: Plan, language: str, plan_in: PlanIn
) -> tuple[Captioning, tuple[Finding, ...]]:
    """Return the captions that ``request`` wants beside ``plan``, which is in ``language``.

    Another language whose texts are not all there gets no captions, but a finding.
    """
    findings: list[Finding] = []
    translations = []
    for tag in _wanted(request, language):
        translation = _translation(request, plan, tag, plan_in)
        if isinstance(translation, Finding):
            findings.append(translation)
        else:
            translations.append(translation)
    captioning = Captioning(_formats(request), _is_burned(request), tuple(translations))
    return captioning, tuple(findings)


def _places(request: PreviewRequest) -> Iterator[dict[str, object]]:
    """Yield where options stand, the place that overrules the others first."""
    yield request.options
    yield request.model_extra or {}
    yield request.render_config or {}
    yield request.metadata


def _given(request: PreviewRequest, *names: str) -> object:
    values = (place.get(name) for place in _places(request) for name in names)
    return next((value for value in values if value is not None), None)


def _formats(request: PreviewRequest) -> tuple[CaptionFormat, ...]:
    for name in ("includeCaptions", "sidecarCaptions"):
        if _given(request, name) is False:
            return ()
    return ("vtt",) if _given(request, "exportSrt") is False else ("srt", "vtt")


def _is_burned(request: PreviewRequest) -> bool:
    return _given(request, *BURNING) is True


def _wanted(request: PreviewRequest, language: str) -> list[str]:
    """Return the other languages that captions are wanted in: those named, or all there are."""
    there = languages_of(request)
    named = _given(request, LOCALES)
    if isinstance(named, str):
        named = named.split(",")
    listed = [read_tag(_locale(one)) for one in named] if isinstance(named, list) else there
    regions = [tag for tag in there if primary(tag) == primary(language)]
    # Where its own region has no texts, the preview shows those of the first that has.
    own = {language} if language in there else {language, *regions[:1]}
    others = (
        tag
        for tag in dict.fromkeys(filter(None, listed))
        if tag not in own and (primary(tag) != primary(language) or tag in regions)
    )
    return list(islice(others, MOST_LANGUAGES))


def _locale(value: object) -> str:
    if isinstance(value, dict):
        return next(filter(None, (as_text(value.get(name)) for name in LOCALE_NAMES)), "")
    return as_text(value)


def _translation(
    request: PreviewRequest, plan: Plan, tag: str, plan_in: PlanIn
) -> Translation | Finding:
    drafts: Sequence[Draft] = ()
    if any(primary(one) == primary(tag) for one in languages_of(request)):
        try:
            drafts = plan_in(in_language(request, tag, own=False), tag).drafts
        except PreviewError as error:
            return _missing(tag, f"its texts cannot be read: {error.message}")
    if len(drafts) != len(plan.drafts):
        return _missing(tag, "there are no texts in it")
    pairs = zip(plan.drafts, drafts, strict=True)
    untold = [ours.id for ours, theirs in pairs if not _is_translated(ours, theirs, plan.title)]
    if untold:
        more = f" and {len(untold) - SHOWN_SCENES} more" if untold[SHOWN_SCENES:] else ""
        return _missing(tag, f"the text of {', '.join(untold[:SHOWN_SCENES])}{more} is missing")
    return Translation(tag, tuple(draft.spoken for draft in drafts))


def _is_translated(ours: Draft, theirs: Draft, title: str) -> bool:
    """Tell whether a scene says the same in another language; a game's name does as it is."""
    if not ours.spoken:
        return True
    said, told = ("".join(draft.spoken.split()) for draft in (ours, theirs))
    return bool(told) and (said != told or said == "".join(title.split()))


def _missing(tag: str, why: str) -> Finding:
    language = primary(tag)
    return Finding(
        "captions.language_missing",
        f"There are no captions in {tag}: {why}.",
        suggestion=f"Give every scene its text in {tag}, such as translations.{language}.",
    )
