"""Pictures on a page: not blown up beyond their pixels, and not so small that nobody sees them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from preview_worker.contract import Finding
from preview_worker.render.motion import Motion
from preview_worker.render.paint import Painter
from preview_worker.render.paint.brush import fitted
from preview_worker.render.paint.page import Backdrop, Page, Slot
from preview_worker.render.quality.places import pixel_box

OWN_PIXELS, TWICE = 1.0, 2.0
SEEN_SHARE = 0.02
"""A picture over less of the page is a speck: 200 by 200 pixels of 1920 by 1080."""
MOVING_SLACK = 0.1
"""A picture that grows by a tenth while it moves hides its pixels well."""
_ROUNDING = 0.01


def judge_pictures(
    page: Page, painter: Painter, motions: tuple[Motion, ...] = ()
) -> Iterator[Finding]:
    """Tell what is wrong with the pictures of one page, on which all moves by ``motions``."""
    for index, item in enumerate(page.items):
        if not isinstance(item, Slot | Backdrop):
            continue
        own = (move.motions for move in page.moves if move.first <= index < move.last)
        zoom = _zoom((*motions, *chain.from_iterable(own)))
        yield from _judge_growth(item, painter, zoom)
        if not (isinstance(item, Slot) and item.emblem):
            yield from _judge_share(item, painter)


def _zoom(motions: tuple[Motion, ...]) -> float:
    """Return how many times larger than at rest a thing is, at its largest."""
    return max((1.0, *(max(motion.scale) for motion in motions)))


def _judge_growth(item: Slot | Backdrop, painter: Painter, zoom: float) -> Iterator[Finding]:
    picture, room = painter.pictures(item.picture), item.box
    place = fitted(picture, room, painter.scale)
    growth = zoom * place.width * painter.scale / picture.width_px
    slack = _ROUNDING if zoom == 1 else MOVING_SLACK
    if growth <= OWN_PIXELS + slack or picture.shrunk:
        return
    sides = (picture.width_px, picture.height_px)
    fills = zoom * painter.scale * min(room.width / sides[0], room.height / sides[1])
    yield Finding(
        "picture.upscaled",
        f"The picture is drawn at {growth:.1f} times its {sides[0]}×{sides[1]} pixels.",
        severity="error" if growth > TWICE + slack else "warning",
        box=pixel_box(place, painter.scale),
        measured=round(growth, 2),
        limit=OWN_PIXELS,
        suggestion=f"Use one of at least {round(sides[0] * fills)}×{round(sides[1] * fills)} "
        "pixels.",
    )


def _judge_share(item: Slot | Backdrop, painter: Painter) -> Iterator[Finding]:
    box = pixel_box(fitted(painter.pictures(item.picture), item.box, painter.scale), painter.scale)
    share = box.width * box.height / (painter.profile.width_px * painter.profile.height_px)
    if share >= SEEN_SHARE:
        return
    yield Finding(
        "picture.small",
        f"The picture covers {share:.1%} of the page; little of it can be seen.",
        box=box,
        measured=round(share, 4),
        limit=SEEN_SHARE,
        suggestion="Give it more room, or use a larger one.",
    )
