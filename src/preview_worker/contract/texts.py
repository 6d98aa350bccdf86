"""Texts within bounds: what a field may hold, judged before anybody looks at the words.

A field of a tutorial is read aloud or read on a screen, so there is a length beyond which it cannot
be meant. What is longer is cut between two graphemes, with a notice that says where; the rest of
the preview is as it would have been. Everything behind the contract may rely on these bounds.
"""

from __future__ import annotations

from typing import Any

from preview_worker.contract.characters import graphemes, one_mark, tower_of
from preview_worker.contract.notices import Notice, pointer

MAX_TEXT_GRAPHEMES = 5000
"""Five minutes of speech; no page holds as much."""
MAX_TEXT_CODES = 4 * MAX_TEXT_GRAPHEMES
"""Code points that so many graphemes may have; in the most marked of languages they have three."""
MAX_MARKS = 64
"""Combining marks on one base. Living scripts need three; sorting them takes the square of them."""
MAX_NOTICES = 20

Json = dict[str, Any]


def bound_texts(request: Json) -> tuple[Json, list[Notice]]:
    """Return ``request`` with every text in it bounded, and a notice for each that was not."""
    notices: list[Notice] = []
    bounded = {
        name: _bounded(value, pointer("/previewRequest", name), notices)
        for name, value in request.items()
    }
    more = len(notices) - MAX_NOTICES
    if more > 0:
        told = f"{more} more texts were beyond the limits"
        notices[MAX_NOTICES:] = [Notice("payload.text_cut", "/previewRequest", told)]
    return bounded, notices


def _bounded(value: object, where: str, notices: list[Notice]) -> object:
    """Bound every string within ``value``; the depth of a payload was checked before."""
    if isinstance(value, str):
        return _bounded_text(value, where, notices)
    if isinstance(value, list):
        return [_bounded(item, f"{where}/{index}", notices) for index, item in enumerate(value)]
    if isinstance(value, dict):
        return {name: _bounded(item, pointer(where, name), notices) for name, item in value.items()}
    return value


def _bounded_text(text: str, where: str, notices: list[Notice]) -> str:
    if not text.isascii():
        thinned = tower_of(one_mark(), MAX_MARKS).sub(r"\1", text[: MAX_TEXT_CODES + 1])
        if len(thinned) < min(len(text), MAX_TEXT_CODES + 1):
            told = f"at most {MAX_MARKS} combining marks are kept on one character"
            notices.append(Notice("payload.marks_cut", where, told))
            text = thinned
    if len(text) <= MAX_TEXT_GRAPHEMES:
        return text
    pieces = graphemes(text[:MAX_TEXT_CODES])
    if len(pieces) <= MAX_TEXT_GRAPHEMES and len(text) <= MAX_TEXT_CODES:
        return text
    kept = pieces[:MAX_TEXT_GRAPHEMES]
    notices.append(
        Notice("payload.text_cut", where, f"only the first {len(kept)} of its characters are used")
    )
    return "".join(kept)
