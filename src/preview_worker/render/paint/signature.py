"""The brand's signature: its logo, kept small, and its name beside it."""

from __future__ import annotations

from preview_worker.render.brand import Signature
from preview_worker.render.look import Scheme
from preview_worker.render.paint.page import Box, Extent, Item, Slot, Words
from preview_worker.render.paint.text import Style, cut, typeset
from preview_worker.render.paint.theme import MIN_BODY

HEIGHT = 76
MOST_WIDTH = 340
GAP = 26
NAME = Style(weight=600, leading=1.2)


def sign(
    signature: Signature, line: Box, scheme: Scheme, extent: Extent, *, centred: bool = False
) -> tuple[Item, ...]:
    """Put the signature on ``line``, which is as high as ``HEIGHT``, from its left or centred."""
    logo = _logo(signature, extent)
    room = line.width - (logo.width + GAP if logo else 0)
    style = NAME.inked(scheme.look.text)
    kept = cut(signature.name, style, MIN_BODY, (room, HEIGHT)) if signature.name else ""
    name = typeset(kept, style, MIN_BODY, room) if kept else None
    width = (logo.width if logo else 0) + (name.longest if name else 0)
    width += GAP if logo and name else 0
    x = line.x + ((line.width - width) / 2 if centred else 0)
    items: list[Item] = []
    if logo and signature.logo:
        y = line.y + (line.height - logo.height) / 2
        box = Box(x, y, logo.width, logo.height)
        items.append(Slot(signature.logo, box, scheme.is_light, panelled=True, emblem=True))
        x += logo.width + GAP
    if name:
        y = line.y + (line.height - name.height) / 2
        items.append(Words(name, Box(x, y, name.longest + 2, name.height), "brand"))
    return tuple(items)


def _logo(signature: Signature, extent: Extent) -> Box | None:
    """Return how large the logo is drawn, at the page's corner."""
    if signature.logo is None:
        return None
    size = extent.size(signature.logo)
    share = min(1.0, HEIGHT / size.height, MOST_WIDTH / size.width)
    return Box(0, 0, size.width * share, size.height * share)
