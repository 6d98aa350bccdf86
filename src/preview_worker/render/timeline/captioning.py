"""Which captions a request asks for, and what is said in the other languages that it names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from preview_worker.contract import ErrorCode, Finding, PreviewError, PreviewRequest
from preview_worker.render.language import primary
from preview_worker.render.subtitling import CaptionFormat, Captioning, Translation
from preview_worker.render.timeline.cost import weight_of
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
MOST_CHARS = 500_000
"""Characters that are planned for captions in all other languages together.

They are counted before a language is planned, with what its scenes weigh: a tutorial of a thousand
scenes has 300,000 to 400,000 of them in each.
"""
WALK_SHARE = 8
"""To find the texts of one language among those of all costs a part of what planning them does."""

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
    reader = _Translator(request, plan, plan_in)
    for tag in _wanted(request, language):
        translation = reader.read(tag)
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


class _Translator:
    """Reads what is said in other languages, as long as that is no more than can be planned."""

    def __init__(self, request: PreviewRequest, plan: Plan, plan_in: PlanIn) -> None:
        """Read translations of ``plan`` from ``request``."""
        self._request = request
        self._plan = plan
        self._plan_in = plan_in
        self._there = {primary(tag) for tag in languages_of(request)}
        self._walk = weight_of(request.model_dump(by_alias=True)) // WALK_SHARE
        self._left = MOST_CHARS

    def read(self, tag: str) -> Translation | Finding:
        """Return what is said in ``tag``, or why there are no captions in it."""
        drafts: Sequence[Draft] = ()
        if primary(tag) in self._there:
            try:
                drafts = self._drafts(tag)
            except PreviewError as error:
                return _missing(tag, f"its texts cannot be read: {error.message}")
        if len(drafts) != len(self._plan.drafts):
            return _missing(tag, "there are no texts in it")
        pairs = zip(self._plan.drafts, drafts, strict=True)
        title = self._plan.title
        untold = [ours.id for ours, theirs in pairs if not _is_translated(ours, theirs, title)]
        if untold:
            more = f" and {len(untold) - SHOWN_SCENES} more" if untold[SHOWN_SCENES:] else ""
            listed = ", ".join(untold[:SHOWN_SCENES])
            return _missing(tag, f"the text of {listed}{more} is missing")
        return Translation(tag, tuple(draft.spoken for draft in drafts))

    def _drafts(self, tag: str) -> Sequence[Draft]:
        request = in_language(self._request, tag, own=False)
        self._left -= self._walk + weight_of(request.model_dump(by_alias=True))
        if self._left < 0:
            message = "those of all languages together are too long"
            raise PreviewError(ErrorCode.PAYLOAD_COST, message)
        return self._plan_in(request, tag).drafts


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
