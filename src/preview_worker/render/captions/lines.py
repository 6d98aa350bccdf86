"""Spoken text broken into captions of at most two lines, where a speaker would pause."""

from __future__ import annotations

from itertools import accumulate

from preview_worker.render.wording import clusters

LINE_CHARS = 42
MAX_LINES = 2
_SENTENCE_ENDS = (".", "!", "?", "…", ".”", "!”", "?”", '."', '!"', '?"', ".»", "!»", "?»")
_CLAUSE_ENDS = (",", ";", ":", "—", "–")
_SENTENCE_COST, _CLAUSE_COST, _WORD_COST = 0, 12, 40
_CAPTION_COST = 14
_RUN_ON_COST = 10
_LOPSIDED_COST = 30


def split_captions(text: str) -> list[tuple[str, ...]]:
    """Return captions of one or two lines; the cheapest set of pauses wins.

    A pause costs nothing after a sentence, a little after a clause and much within one; a caption
    that is nearly empty costs too, and so does one that runs on into the next sentence.
    """
    words = [piece for word in text.split(" ") if word for piece in _broken(word)]
    best: list[float] = [0.0] + [float("inf")] * len(words)
    came_from = [0] * (len(words) + 1)
    for end in range(1, len(words) + 1):
        for start in range(end - 1, -1, -1):
            chunk = words[start:end]
            if _length(chunk) > MAX_LINES * LINE_CHARS + 1:
                break
            if not _lines(chunk):
                continue
            cost = best[start] + _cost(chunk)
            if cost < best[end]:
                best[end], came_from[end] = cost, start
    captions: list[tuple[str, ...]] = []
    end = len(words)
    while end:
        captions.append(_lines(words[came_from[end] : end]))
        end = came_from[end]
    return captions[::-1]


def _broken(word: str) -> list[str]:
    if len(word) <= LINE_CHARS:
        return [word]
    pieces, piece = [], ""
    for cluster in clusters(word):
        if len(piece) + len(cluster) > LINE_CHARS:
            pieces.append(piece)
            piece = ""
        piece += cluster[:LINE_CHARS]
    return [*filter(None, pieces), piece]


def _length(words: list[str]) -> int:
    return sum(map(len, words)) + len(words) - 1


def _pause_cost(word: str) -> int:
    if word.endswith(_SENTENCE_ENDS):
        return _SENTENCE_COST
    return _CLAUSE_COST if word.endswith(_CLAUSE_ENDS) else _WORD_COST


def _cost(chunk: list[str]) -> float:
    empty = 1 - _length(chunk) / (MAX_LINES * LINE_CHARS)
    run_on = sum(1 for word in chunk[:-1] if word.endswith(_SENTENCE_ENDS))
    pause = _pause_cost(chunk[-1])
    return _CAPTION_COST + _LOPSIDED_COST * empty * empty + _RUN_ON_COST * run_on + pause


def _lines(words: list[str]) -> tuple[str, ...]:
    """Return the words on one line or on two of even length; empty if they do not fit."""
    if _length(words) <= LINE_CHARS:
        return (" ".join(words),)
    total = _length(words)
    lengths = list(accumulate(len(word) + 1 for word in words[:-1]))
    choices = []
    for count, length in enumerate(lengths, start=1):
        first, second = length - 1, total - length
        if max(first, second) <= LINE_CHARS:
            choices.append((abs(first - second) + _pause_cost(words[count - 1]) / 2, count))
    if not choices:
        return ()
    count = min(choices)[1]
    return (" ".join(words[:count]), " ".join(words[count:]))
