"""French spacing as the author typed it: marks with a space that they lack, or should not have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from preview_worker.contract import Finding, PreviewRequest
from preview_worker.render.french import space_french
from preview_worker.render.language import primary
from preview_worker.render.wording import one_line, shorten

MOST = 50
"""Notes that are worth reading; who sees as many knows what the matter is."""
_SHOWN_CHARS = 120
_DEEPEST = 12
_BLANK = re.compile("[ \u00a0\u2009\u202f]")
"""Spaces of all widths, which nobody is told to type."""


def judge_spacing(request: PreviewRequest, language: str) -> Iterator[Finding]:
    """Tell of texts of a French ``request`` that are spaced otherwise than its region does.

    Nothing has to be done: what is shown and spoken is set with its spaces.
    """
    if primary(language) != "fr":
        return
    told = 0
    for where, text in _texts(_spoken_of(request), "/previewRequest", _DEEPEST):
        corrected = space_french(text, language)
        if _BLANK.sub(" ", corrected) == _BLANK.sub(" ", text):
            continue
        yield Finding(
            "text.spacing",
            f"The text at {where} is not spaced as French is there: {_quoted(text)}",
            severity="note",
            suggestion=f"Write {_quoted(corrected)}",
        )
        told += 1
        if told == MOST:
            return


def _quoted(text: str) -> str:
    return f"“{shorten(one_line(text), _SHOWN_CHARS)}”"


def _spoken_of(request: PreviewRequest) -> dict[str, object]:
    """Return the parts of the request that hold words: its titles, and its source of scenes."""
    record = request.model_dump(by_alias=True)
    return {name: record.get(name) for name in ("title", "description", request.source)}


def _texts(value: object, where: str, deepest: int) -> Iterator[tuple[str, str]]:
    """Yield every string of several words, for a name or an address has none."""
    if isinstance(value, str):
        if " " in value.strip():
            yield where, value
    elif isinstance(value, Mapping) and deepest:
        for name, member in value.items():
            yield from _texts(member, f"{where}/{name}", deepest - 1)
    elif isinstance(value, Sequence) and deepest:
        for index, member in enumerate(value):
            yield from _texts(member, f"{where}/{index}", deepest - 1)
