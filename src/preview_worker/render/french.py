"""French spaces: which marks have one, how wide it is, and that no line begins with a mark.

Canada writes ``Prêt?`` and ``Joueurs : 4``, as its language office says; France sets a narrow space
before tall marks too. Both keep guillemets, per cents, units and groups of digits together. What
stands between backquotes and in addresses is left alone, and so are marks within a word.
"""

from __future__ import annotations

import re
from dataclasses import Field, fields, replace
from typing import Any, ClassVar, Protocol, TypeVar

from preview_worker.render.language import dialect

NO_BREAK, NARROW = "\u00a0", "\u202f"
_CODE = re.compile(r"(`[^`\n]*`|(?<!\S)(?:(?!://)\S)++://\S++)")
"""Code between backquotes, and words that are addresses, each looked at from its start only."""
_BLANK = "[ \u00a0\u2009\u202f]"
_ENDS = "(?=[\\s;!?»”\"')\\]…]|$)"
"""What follows a mark that ends something; within ``a!=b`` or ``page?x=1`` nothing does."""
_UNITS = "h|min|s|mm|cm|dm|m|km|mg|g|kg|ml|cl|l|ans?|pts?|°C"


class Sentences(Protocol):
    """A dataclass whose fields are all strings."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Said = TypeVar("Said", bound=Sentences)


def _rules(*rules: tuple[str, str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern), fixed) for pattern, fixed in rules)


def _alike(digits: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the rules of both countries; ``digits`` is the space between groups of digits."""
    return _rules(
        (rf"«{_BLANK}*(?=[^\s»])", f"«{NO_BREAK}"),
        (rf"([^\s«]){_BLANK}*»", rf"\1{NO_BREAK}»"),
        (rf"([^\s:]){_BLANK}+:(?!\))", rf"\1{NO_BREAK}:"),
        (r"([\w)\]»”%€]):(?=\s|$)", rf"\1{NO_BREAK}:"),
        (rf"(\d){_BLANK}*([%€])", rf"\1{NO_BREAK}\2"),
        (rf"(\d){_BLANK}+(\$|(?:{_UNITS})\b(?!['’]))", rf"\1{NO_BREAK}\2"),
        (rf"(\d{NO_BREAK}h){_BLANK}+(?=\d)", rf"\1{NO_BREAK}"),
        (rf"\b(n°|p\.|pp\.){_BLANK}+(?=\d)", rf"\1{NO_BREAK}"),
        (rf"(?<=\d){_BLANK}(?=\d{{3}}(?!\d))", digits),
    )


_CANADA = (
    *_alike(NO_BREAK),
    *_rules((rf"(?<=\S){_BLANK}+(?=[;!?]+{_ENDS})", "")),
)
_FRANCE = (
    *_alike(NARROW),
    *_rules((rf"([^\s:;!?(«]){_BLANK}*([;!?]){_ENDS}", rf"\1{NARROW}\2")),
)


def space_french(text: str, language: str) -> str:
    """Return French ``text`` with the spaces of its region, which ``language`` names."""
    rules = _CANADA if dialect(language) == "fr-CA" else _FRANCE
    pieces = _CODE.split(text)
    for index in range(0, len(pieces), 2):
        for pattern, fixed in rules:
            pieces[index] = pattern.sub(fixed, pieces[index])
    return "".join(pieces)


def by_region(said: Said) -> dict[str, Said]:
    """Return French sentences as they are spaced in Canada, which stands for ``fr``, and France."""
    return {"fr": _spaced(said, "fr-CA"), "fr-FR": _spaced(said, "fr-FR")}


def _spaced(said: Said, language: str) -> Said:
    words = {
        field.name: space_french(getattr(said, field.name), language) for field in fields(said)
    }
    return replace(said, **words)
