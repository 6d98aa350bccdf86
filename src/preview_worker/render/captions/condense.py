"""Captions made shorter where a scene has no time for all of its words, and what that cost.

Subtitlers would rather edit a little of every sentence than lose a whole one, and leave alone what
changes the meaning. So the rungs go from what nobody misses to what makes it sound like a telegram:
the number of a step, asides, words that only fill, short forms, articles. A rung is taken
throughout the scene or not at all, and every word that it took is told.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_NUMBERS = {
    "en": "two three four five six seven eight nine ten eleven twelve",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze",
}
_UNITS = {
    "en": {"points": "pts", "point": "pt", "minutes": "min", "seconds": "s"},
    "fr": {"points": "pts", "point": "pt", "minutes": "min", "secondes": "s"},
}
_START = r"(?:^|(?<=[.!?…] ))"
_AMID = r"(?<=[^.!?…])"
_LABEL = rf"{_START}(?:steps?|étapes?)[ \u00a0]\d{{1,2}}[ \u00a0]?[:.)] ?(?=\S)"
_ASIDE = r" ?\([^()]{1,160}\)"
_FILLERS = {
    "en": (
        rf"{_START}(?:remember(?: that|:)|note(?: that|:)|now,|well,|okay,|please|basically,?"
        r"|actually,?|of course,|as you can see,"
        r"|a few things to (?:watch out for|keep in mind|remember):) "
        rf"|{_AMID} (?:basically|actually|essentially|really|very|of course|please)(?=[ ,.!?])"
        rf"|{_AMID},? (?:of course|you know|in other words),"
    ),
    "fr": (
        rf"{_START}(?:rappelez-vous(?: que)?|notez(?: bien)? que|eh bien,|alors,|en fait,?"
        r"|bien sûr,|comme vous le voyez,) "
        rf"|{_AMID} (?:vraiment|très|tout simplement|bien sûr|s[’']il vous plaît)(?=[ ,.!?])"
    ),
}
_ARTICLES = {
    "en": rf"(?:{_START}(?:The|An?|Your|Their|Its)|(?<= )(?:the|an?|your|their|its))"
    r" (?=[^\W_]{2})"
}
_TWICE = 2


@dataclass(frozen=True, slots=True)
class Condensed:
    """A text and what it lost on the way, each with how often."""

    text: str
    left_out: Mapping[str, int] = field(default_factory=dict)
    shortened: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Words and the short forms that stand in their place."""

    def told(self) -> str:
        """Tell the losses in a sentence; empty when there are none."""
        parts = []
        if self.left_out:
            parts.append("left out " + _listed({f"“{w}”": n for w, n in self.left_out.items()}))
        if self.shortened:
            pairs = {f"“{long}” as “{short}”": n for (long, short), n in self.shortened.items()}
            parts.append("written shorter " + _listed(pairs))
        return "; ".join(parts)


def condensed(text: str, language: str) -> Iterator[Condensed]:
    """Yield ``text`` as it is, then with one rung more taken each time that changes anything."""
    language = language.partition("-")[0]
    step = Condensed(text)
    yield step
    for pattern in (_LABEL, _ASIDE, _FILLERS.get(language)):
        if pattern and (shorter := _without(step, pattern)) != step:
            step = shorter
            yield step
    if (shorter := _in_short_forms(step, language)) != step:
        step = shorter
        yield step
    articles = _ARTICLES.get(language)
    if articles and (shorter := _without(step, articles, exact=True)) != step:
        yield shorter


def _without(step: Condensed, pattern: str, *, exact: bool = False) -> Condensed:
    """Leave out what ``pattern`` finds; a sentence that lost its beginning gets a capital again."""
    taken: Counter[str] = Counter()
    pieces: list[str] = []
    done = 0
    for found in re.finditer(pattern, step.text, 0 if exact else re.IGNORECASE):
        kept = step.text[done : found.start()]
        pieces.append(_capital(kept) if pieces and _begins(pieces) else kept)
        taken[found[0].strip(" ,")] += 1
        done = found.end()
    rest = step.text[done:]
    pieces.append(_capital(rest) if taken and _begins(pieces) else rest)
    text = "".join(pieces).strip()
    if not any(map(str.isalnum, text)):
        return step
    return Condensed(text, Counter(step.left_out) + taken, step.shortened)


def _begins(pieces: list[str]) -> bool:
    before = "".join(pieces[-2:]).rstrip(" ")
    return not before or before.endswith((".", "!", "?", "…"))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:] if text[:1].islower() else text


def _in_short_forms(step: Condensed, language: str) -> Condensed:
    forms = {word: str(n) for n, word in enumerate(_NUMBERS.get(language, "").split(), _TWICE)}
    units = _UNITS.get(language, {})
    if not forms:
        return step
    taken: Counter[tuple[str, str]] = Counter()

    def short(found: re.Match[str]) -> str:
        word = found["word"]
        form = forms.get(word) or units[word]
        taken[word, form] += 1
        return found["before"] + form

    number = rf"(?<![-\w])(?P<before>)(?P<word>{'|'.join(forms)})(?![-\w])"
    unit = rf"(?P<before>\d[ \u00a0])(?P<word>{'|'.join(units)})\b"
    text = re.sub(unit, short, re.sub(number, short, step.text))
    return Condensed(text, step.left_out, Counter(step.shortened) + taken)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{what} ({n} times)" if n > 1 else what for what, n in counts.items())
