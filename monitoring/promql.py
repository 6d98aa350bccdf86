"""Reads PromQL as far as names go: which series a query selects, by which labels, in which call.

Prometheus itself judges the grammar (``promtool check rules``); here it is only seen to that every
name is one that exists, and that counters are not read like gauges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitoring.words import TARGET_LABELS, Series, UnknownWordError, Vocabulary

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<text>"(?:\\.|[^"\\])*")
    |(?P<variable>\$\w+)
    |(?P<number>\d[\w.]*)
    |(?P<name>[A-Za-z_:][\w:]*)
    |(?P<sign>=~|!~|!=|[<>=]=|.)""",
    re.VERBOSE,
)
_GROUPING = {"by", "without", "on", "ignoring", "group_left", "group_right"}
_KEYWORDS = {"and", "or", "unless", "bool", "offset", "group_left", "group_right"}
_OF_COUNTERS = {"rate", "irate", "increase"}


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a query and where it stands."""

    kind: str
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Matcher:
    """A condition on a label."""

    label: str
    sign: str
    value: str


@dataclass(frozen=True, slots=True)
class Selector:
    """A series that a query selects; ``end`` is where its name ends, ``call`` who is handed it."""

    name: str
    matchers: tuple[Matcher, ...]
    call: str
    end: int
    braced: bool


def check(query: str, words: Vocabulary) -> None:
    """Raise ``UnknownWordError`` for a query that names what does not exist or misreads it."""
    try:
        _check(_tokens(query), words)
    except UnknownWordError as error:
        message = f"{error}, in: {query}"
        raise UnknownWordError(message) from None


def narrow(query: str, words: Vocabulary, filters: Mapping[str, str]) -> str:
    """Return the query with a matcher for each label of ``filters`` that a series of ours has."""
    for selector in reversed(list(_selectors(_tokens(query)))):
        if not words.is_ours(selector.name):
            continue
        has = words[selector.name].labels | TARGET_LABELS
        added = ",".join(f'{label}=~"{value}"' for label, value in filters.items() if label in has)
        head, tail = query[: selector.end], query[selector.end :]
        if selector.braced:
            query = f"{head}{{{added},{tail.lstrip()[1:]}"
        else:
            query = f"{head}{{{added}}}{tail}"
    return query


def names(query: str) -> set[str]:
    """Return the names of all series that a query selects."""
    return {selector.name for selector in _selectors(_tokens(query))}


def _tokens(query: str) -> list[Token]:
    return [
        Token(str(found.lastgroup), found.group(), found.start())
        for found in _TOKEN.finditer(query)
        if found.lastgroup != "space"
    ]


def _selectors(tokens: Sequence[Token]) -> Iterator[Selector]:
    position = 0
    while position < len(tokens):
        token = tokens[position]
        after = tokens[position + 1].text if position + 1 < len(tokens) else ""
        position += 1
        if token.kind != "name" or token.text in _KEYWORDS:
            if token.text in {"group_left", "group_right"} and after == "(":
                position = _closing(tokens, position, ")") + 1
        elif after == "(":
            if token.text in _GROUPING:
                position = _closing(tokens, position, ")") + 1
        elif after not in {"by", "without"}:
            end = _closing(tokens, position, "}") if after == "{" else position
            matchers = tuple(_matchers(tokens[position + 1 : end])) if after == "{" else ()
            call = _caller(tokens[: position - 1])
            yield Selector(token.text, matchers, call, token.start + len(token.text), after == "{")
            position = end


def _caller(before: Sequence[Token]) -> str:
    """Return the name of the function whose first argument comes after these tokens."""
    return before[-2].text if len(before) > 1 and before[-1].text == "(" else ""


def _closing(tokens: Sequence[Token], position: int, sign: str) -> int:
    for number in range(position, len(tokens)):
        if tokens[number].text == sign:
            return number
    message = f"a {sign} is missing"
    raise UnknownWordError(message)


def _matchers(tokens: Sequence[Token]) -> Iterator[Matcher]:
    words = [token for token in tokens if token.text != ","]
    for label, sign, value in zip(words[::3], words[1::3], words[2::3], strict=True):
        yield Matcher(label.text, sign.text, value.text[1:-1])


def _grouped(tokens: Sequence[Token]) -> Iterator[str]:
    for position, token in enumerate(tokens[:-1]):
        if token.text in _GROUPING and tokens[position + 1].text == "(":
            end = _closing(tokens, position, ")")
            yield from (one.text for one in tokens[position + 2 : end] if one.kind == "name")


def _check(tokens: Sequence[Token], words: Vocabulary) -> None:
    selected = list(_selectors(tokens))
    for selector in selected:
        _check_selector(selector, words[selector.name])
    known = TARGET_LABELS.union(*(words[selector.name].labels for selector in selected))
    if strange := set(_grouped(tokens)) - known:
        message = f"nothing that is selected has a label {', '.join(sorted(strange))}"
        raise UnknownWordError(message)


def _check_selector(selector: Selector, series: Series) -> None:
    name = selector.name
    if (series.kind == "counter") != (selector.call in _OF_COUNTERS):
        message = f"{name} is a {series.kind}, but is read by {selector.call or 'its value'}"
        raise UnknownWordError(message)
    for matcher in selector.matchers:
        if matcher.label not in series.labels | TARGET_LABELS:
            message = f"{name} has no label {matcher.label}"
            raise UnknownWordError(message)
        known = series.values.get(matcher.label)
        if known is not None and not any(_meets(matcher, value) for value in known):
            message = f"no {matcher.label} of {name} is {matcher.sign} {matcher.value}"
            raise UnknownWordError(message)


def _meets(matcher: Matcher, value: str) -> bool:
    if matcher.sign in {"=", "!="}:
        return value == matcher.value
    return re.fullmatch(matcher.value, value) is not None
