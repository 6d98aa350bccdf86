"""French spacing as the author typed it: marks that want a space before them and have none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from preview_worker.contract import Finding, PreviewRequest
from preview_worker.render.wording import one_line, shorten

MOST = 50
"""Notes that are worth reading; who sees as many knows what the matter is."""
NBSP = "\u00a0"
_SHOWN_CHARS = 120
_DEEPEST = 12
_TIGHT = (
    # A colon within a time, an address or a table of shares is no punctuation.
    (re.compile(r"(?<=[^\W_])(?=[:;!?]+(?:[\s\"”»)]|$))"), NBSP),
    (re.compile(r"(?<=[^\s\u00a0\u202f])(?=»)"), NBSP),
    (re.compile(r"(?<=«)(?=[^\s\u00a0\u202f])"), NBSP),
)


def judge_spacing(request: PreviewRequest, language: str) -> Iterator[Finding]:
    """Tell of texts of a French ``request`` that lack spaces, each with the corrected text.

    Nothing has to be done: what is shown and spoken is set with its spaces.
    """
    if language != "fr":
        return
    told = 0
    for where, text in _texts(_spoken_of(request), "/previewRequest", _DEEPEST):
        corrected = spaced(text)
        if corrected == text:
            continue
        yield Finding(
            "text.spacing",
            f"The text at {where} lacks spaces before punctuation: {_quoted(text)}",
            severity="note",
            suggestion=f"Write {_quoted(corrected)}",
        )
        told += 1
        if told == MOST:
            return


def spaced(text: str) -> str:
    """Return ``text`` with a no-break space wherever a French typographer misses one."""
    for gap, space in _TIGHT:
        text = gap.sub(space, text)
    return text


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
