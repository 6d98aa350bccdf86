"""A brand: what it is called, its logo, and how its colours become those of a look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import cycle

from preview_worker.contract import Finding
from preview_worker.render.colour import BLACK, WHITE, Colour, blend, contrast, readable
from preview_worker.render.look import DEFAULT, TEXT_RATIO, Look, Section
from preview_worker.render.palette import DARK, LIGHT
from preview_worker.render.picture import PictureRef

SEEN_RATIO = 2.2
"""The least contrast of a tile with its ground: it is seen, and nobody has to read it."""
TOO_FAR = 2.5
"""A ground and an ink with less contrast than this do not belong to one theme."""

_GLOWS = (1.0, 0.75, 0.5, 0.25)


@dataclass(frozen=True, slots=True)
class Signature:
    """What signs the opening and the end: the brand's name and its logo."""

    name: str
    logo: PictureRef | None = None


@dataclass(frozen=True, slots=True)
class Watermark:
    """A logo that stands faintly on every scene."""

    logo: PictureRef
    position: str = "top-right"
    opacity: float = 0.12
    width: float = 140.0
    """At most, in pixels of a picture 1080 high."""


@dataclass(frozen=True, slots=True)
class Brand:
    """A brand as it was described; a part that it does not have is None or empty."""

    name: str = ""
    logo: PictureRef | None = None
    ground: Colour | None = None
    accent: Colour | None = None
    title: Colour | None = None
    text: Colour | None = None
    tiles: tuple[Colour, ...] = ()
    """Its other colours, for shapes that nobody has to read."""

    @property
    def signature(self) -> Signature | None:
        """What it signs with; None for a brand without name and logo."""
        return Signature(self.name, self.logo) if self.name or self.logo else None

    @property
    def theme(self) -> str:
        """The theme that suits its ground."""
        ground = self.ground or BLACK
        return (LIGHT if contrast(ground, BLACK) > contrast(ground, WHITE) else DARK).theme


def dress(look: Look, brand: Brand, findings: list[Finding]) -> Look:
    """Return ``look`` in the brand's colours, each moved no further than reading asks for.

    Every colour that had to be moved, or cannot be used, is told with its ratio.
    """
    if brand.ground:
        look = _grounded(look, brand.ground, findings)
    if brand.accent:
        look = _accented(look, brand.accent, findings)
    look = _calmed(_tiled(look, tuple(filter(None, (brand.accent, *brand.tiles)))))
    title = _ink(look, "text", brand.title, look.title, findings)
    text = _ink(look, "muted", brand.text, look.text, findings)
    if brand.accent:
        _judge_accent(look, findings)
    return replace(look, title=title, text=text)


def _grounded(look: Look, ground: Colour, findings: list[Finding]) -> Look:
    ratio = contrast(ground, look.title)
    if ratio < TOO_FAR:
        told = (
            f"The brand's ground {_hex(ground)} has {ratio:.1f} to 1 with the words of the "
            f"{look.theme} theme, whose own grounds are used."
        )
        findings.append(_told(told, ratio, "Ask for the other theme, or for none."))
        return look
    used = next(one for one in _shades(ground, look) if _carries(look, one))
    if used != ground:
        findings.append(_moved("ground", (ground, used), ratio))
    sections = {name: one._replace(ground=used) for name, one in look.sections.items()}
    depth = look.depth if look.theme == DARK.theme else blend(used, look.depth, 0.6)
    return replace(look, sections=sections, plain=used, depth=depth)


def _shades(ground: Colour, look: Look) -> Iterator[Colour]:
    """Return ``ground`` and what lies between it and the theme's own end, step by step."""
    end = BLACK if look.theme == DARK.theme else WHITE
    return (blend(ground, end, step / 20) for step in range(21))


def _carries(look: Look, ground: Colour) -> bool:
    """Tell whether the look's inks can be read all over a ground without a glow."""
    section = look.sections[DEFAULT]._replace(ground=ground)
    return _is_read(replace(look, glow=0.0, sections={DEFAULT: section}))


def _is_read(look: Look) -> bool:
    """Tell whether the look's inks can be read all over every ground."""
    return all(
        contrast(ink, look.scheme(name).under) >= TEXT_RATIO
        for name in look.sections
        for ink in (look.title, look.text)
    )


def _calmed(look: Look) -> Look:
    """Let the ground glow no brighter than words on it allow."""
    trials = (replace(look, glow=look.glow * share) for share in _GLOWS)
    return next((trial for trial in trials if _is_read(trial)), replace(look, glow=0.0))


def _accented(look: Look, accent: Colour, findings: list[Finding]) -> Look:
    mark, ratio = max(((ink, contrast(ink, accent)) for ink in (DARK.mark, WHITE)), key=_second)
    used = readable(accent, mark, TEXT_RATIO)
    if used != accent:
        findings.append(_moved("accent", (accent, used), ratio))
    sections = {name: one._replace(accent=used, tile=used) for name, one in look.sections.items()}
    return replace(look, sections=sections, mark=mark)


def _judge_accent(look: Look, findings: list[Finding]) -> None:
    """Tell when the accent has to be another colour where it is the ink of words."""
    scheme = look.scheme(DEFAULT)
    if scheme.accent_text != scheme.accent:
        ratio = contrast(scheme.accent, scheme.under)
        colours = (scheme.accent, scheme.accent_text)
        findings.append(_moved("accent as words", colours, ratio))


def _tiled(look: Look, colours: tuple[Colour, ...]) -> Look:
    """Let the sections' tiles take the brand's colours in turn."""
    if not colours:
        return look
    seen = [readable(one, look.plain, SEEN_RATIO) for one in colours]
    pairs = zip(look.sections.items(), cycle(seen), strict=False)
    sections: dict[str, Section] = {name: one._replace(tile=tile) for (name, one), tile in pairs}
    return replace(look, sections=sections)


def _ink(
    look: Look, name: str, asked: Colour | None, own: Colour, findings: list[Finding]
) -> Colour:
    """Return the ink that is used: the brand's where all grounds let it be read."""
    ink = asked or own
    grounds = (look.scheme(section).under for section in look.sections)
    worst = min(grounds, key=lambda ground: contrast(ink, ground))
    ratio = contrast(ink, worst)
    used = own if ratio < TOO_FAR else readable(ink, worst, TEXT_RATIO)
    if used != ink:
        findings.append(_moved(name, (ink, used), ratio))
    return used


def _second(pair: tuple[Colour, float]) -> float:
    return pair[1]


def _hex(colour: Colour) -> str:
    return "#{:02X}{:02X}{:02X}".format(*colour)


def _moved(name: str, colours: tuple[Colour, Colour], ratio: float) -> Finding:
    asked, used = colours
    told = (
        f"The brand's {name} {_hex(asked)} has {ratio:.1f} to 1 where it is read; "
        f"{_hex(used)} is used, which has {TEXT_RATIO:g} to 1 or more."
    )
    return _told(told, ratio, f"Use {_hex(used)} in the brand to see it everywhere.")


def _told(message: str, ratio: float, suggestion: str) -> Finding:
    return Finding(
        "brand.contrast",
        message,
        severity="note",
        measured=round(ratio, 2),
        limit=TEXT_RATIO,
        suggestion=suggestion,
    )
