"""Which of several forms an answer takes, by what the asker accepts (RFC 9110, section 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")


@dataclass(frozen=True, slots=True)
class MediaType:
    """A form that can be had. Parameters that it does not name are taken as they are asked for."""

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Range:
    """One part of an ``Accept`` header."""

    name: str
    parameters: Mapping[str, str]
    quality: float

    def covers(self, offer: MediaType) -> bool:
        kind = offer.name.partition("/")[0]
        return self.name in {offer.name, f"{kind}/*", "*/*"} and all(
            offer.parameters.get(name, value) == value for name, value in self.parameters.items()
        )

    @property
    def precision(self) -> tuple[bool, bool, int]:
        """How closely it names what it covers; the closest range decides."""
        kind, _, rest = self.name.partition("/")
        return kind != "*", rest != "*", len(self.parameters)


def chosen(accept: str, offers: Sequence[MediaType]) -> MediaType:
    """Return the offer that is liked best, of several the first.

    It is the first of all as well when the header is empty, or when it allows none of them.
    """
    ranges = list(_ranges(accept))
    return max(offers, key=lambda offer: _quality(offer, ranges))


def _quality(offer: MediaType, ranges: Sequence[_Range]) -> float:
    covering = [each for each in ranges if each.covers(offer)]
    return max(covering, key=lambda each: each.precision).quality if covering else 0.0


def _ranges(accept: str) -> Iterator[_Range]:
    for part in accept.lower().split(","):
        name, *pairs = (word.strip() for word in part.split(";"))
        parameters = {
            key.strip(): value.strip().strip('"')
            for key, _, value in (pair.partition("=") for pair in pairs)
            if key.strip()
        }
        quality = parameters.pop("q", "1")
        if name and _QUALITY.fullmatch(quality):
            yield _Range(name, parameters, float(quality))
