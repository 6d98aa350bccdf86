"""Texts that a payload gives in several languages, and the request as it reads in one of them.

They come in three ways, all of which may be mixed: a text field holds an object by language
(``narration: {en: …, fr: …}``); a record has ``translations: {fr: …}``, whose value is its text or
an object that is laid over the record; the request has ``captions: {fr: …}``, texts by the place or
the id of their scenes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from preview_worker.contract import ErrorCode, PreviewError, PreviewRequest
from preview_worker.render.language import primary
from preview_worker.render.timeline.fields import BODY, SPOKEN, TITLES

TEXTS = frozenset((*SPOKEN, *BODY, *TITLES, "name", "description", "label", "action", "expect"))
"""Fields whose texts may stand by language."""
LISTS = ("scenes", "segments", "steps", "chapters")
TRANSLATIONS, CAPTIONS = "translations", "captions"
_TAG = re.compile(r"[a-z]{2}(?:[-_][a-z0-9]{2,8})*", re.IGNORECASE)
_REGION_CHARS, _SCRIPT_CHARS = 2, 4

Json = dict[str, Any]


def read_tag(value: object) -> str:
    """Return ``value`` as a language tag, ``fr-CA``; nothing if it is none."""
    text = value.strip() if isinstance(value, str) else ""
    if not _TAG.fullmatch(text):
        return ""
    first, *others = text.lower().replace("_", "-").split("-")
    return "-".join((first, *map(_cased, others)))


def _cased(part: str) -> str:
    if len(part) == _REGION_CHARS:
        return part.upper()
    return part.title() if len(part) == _SCRIPT_CHARS else part


def languages_of(request: PreviewRequest) -> tuple[str, ...]:
    """Return the tags of the languages that texts are given in by language, each once."""
    return tuple(dict.fromkeys(_languages(request.model_dump(by_alias=True))))


def in_language(request: PreviewRequest, tag: str, *, own: bool) -> PreviewRequest:
    """Return the request as it reads in ``tag``; a text that there is none of is left out.

    ``own`` says that it is the language of the pictures too: then the first text stands in for one
    that is missing, and what is given for captions alone does not change what is shown. Raises
    ``PreviewError`` when nothing can be read once the translations are laid over it.
    """
    root = request.model_dump(by_alias=True)
    captions = root.pop(CAPTIONS, None)
    told = _Reader(tag, own=own).record(root)
    if not own and _is_by_language(captions, nested=True):
        _caption(told, _picked(captions, tag))
    try:
        return PreviewRequest.model_validate(told)
    except ValueError as error:
        message = f"The translations to {tag} do not fit the fields that they are for."
        raise PreviewError(ErrorCode.PAYLOAD, message) from error


def _caption(root: Json, captions: object) -> None:
    """Lay ``captions`` over the scenes of every source that ``root`` has."""
    for name, source in root.items():
        if isinstance(source, dict):
            for inner in LISTS:
                if isinstance(source.get(inner), list):
                    source[inner] = _overlaid(source[inner], captions)
        elif name in LISTS and isinstance(source, list):
            root[name] = _overlaid(source, captions)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads JSON in one language."""

    tag: str
    own: bool

    def value(self, value: object) -> object:
        """Read any value."""
        if isinstance(value, dict):
            return self.record(value)
        return [self.value(item) for item in value] if isinstance(value, list) else value

    def record(self, record: Json) -> Json:
        """Read an object: its texts by language, then what is laid over it."""
        told: Json = {}
        said = None
        for name, item in record.items():
            if name in TEXTS and _is_by_language(item):
                text = _picked(item, self.tag)
                if text is None and self.own:
                    text = next(iter(item.values()))
                told |= {} if text is None else {name: text}
                said = text if name in SPOKEN and said is None else said
            elif name != TRANSLATIONS or not _is_by_language(item, nested=True):
                told[name] = self.value(item)
        over = record.get(TRANSLATIONS)
        if _is_by_language(over, nested=True):
            said = self.value(_picked(over, self.tag)) or said
            return told if said is None else _merged(told, said)
        return told if said is None or self.own else _merged(told, said)


def _merged(record: Json, over: object) -> Json:
    """Lay ``over`` over a record; a text takes the place of everything that is spoken in it."""
    if isinstance(over, dict):
        return {**record, **{k: _overlaid(record.get(k), one) for k, one in over.items()}}
    spoken = [name for name in SPOKEN if name in record]
    return {**record, **dict.fromkeys(spoken or ["text"], over)}


def _overlaid(base: object, over: object) -> object:
    if isinstance(base, dict):
        return base if over is None else _merged(base, over)
    if not isinstance(base, list) or not all(isinstance(item, dict) for item in base):
        return over
    if isinstance(over, dict):
        return [_overlaid(item, over.get(str(item.get("id")))) for item in base]
    if isinstance(over, list):
        others = [None] * len(base)
        return [_overlaid(*pair) for pair in zip(base, [*over, *others], strict=False)]
    return base


def _is_by_language(value: object, *, nested: bool = False) -> bool:
    """Tell whether ``value`` holds texts (or with ``nested``, anything) by language."""
    if not isinstance(value, Mapping) or not value or not all(map(read_tag, value)):
        return False
    return nested or all(map(_is_text, value.values()))


def _is_text(value: object) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(item, str) for item in value)
    )


def _picked(values: object, tag: str) -> object:
    """Return the value for ``tag``, or else for its language in another region."""
    if not isinstance(values, Mapping):
        return None
    by_tag = {read_tag(name): value for name, value in values.items()}
    near = (value for name, value in by_tag.items() if primary(name) == primary(tag))
    return by_tag.get(tag, next(near, None))


def _languages(value: object, name: str = "") -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _languages(item)
    elif isinstance(value, Mapping):
        nested = name in {TRANSLATIONS, CAPTIONS}
        if (nested or name in TEXTS) and _is_by_language(value, nested=nested):
            yield from map(read_tag, value)
        for key, item in value.items():
            yield from _languages(item, str(key))
