"""Pictures on a page: not blown up beyond their pixels, and not so small that nobody sees them."""

from __future__ import annotations

from collections.abc import Iterator

from preview_worker.contract import Finding, Severity
from preview_worker.render.model import PictureRef
from preview_worker.render.paint import Painter
from preview_worker.render.paint.brush import fitted
from preview_worker.render.paint.page import Backdrop, Box, Page, Slot
from preview_worker.render.quality.places import pixel_box

OWN_PIXELS, TWICE = 1.0, 2.0
SEEN_SHARE = 0.02
"""A picture over less of the page is a speck: 200 by 200 pixels of 1920 by 1080."""
_ROUNDING = 0.01


def judge_pictures(page: Page, painter: Painter) -> Iterator[Finding]:
    """Tell what is wrong with the pictures of one page."""
    for item in page.items:
        if isinstance(item, Slot | Backdrop):
            emblem = isinstance(item, Slot) and item.emblem
            for finding in _judge_picture(item.picture, item.box, painter):
                if not emblem or finding.code != "picture.small":
                    yield finding


def _judge_picture(ref: PictureRef, room: Box, painter: Painter) -> Iterator[Finding]:
    picture = painter.pictures(ref)
    place = fitted(picture, room, painter.scale)
    growth = place.width * painter.scale / picture.width_px
    box = pixel_box(place, painter.scale)
    if growth > OWN_PIXELS + _ROUNDING and not picture.shrunk:
        fills = painter.scale * min(room.width / picture.width_px, room.height / picture.height_px)
        wanted = (round(picture.width_px * fills), round(picture.height_px * fills))
        severity: Severity = "error" if growth > TWICE + _ROUNDING else "warning"
        yield Finding(
            "picture.upscaled",
            f"The picture is drawn at {growth:.1f} times its "
            f"{picture.width_px}×{picture.height_px} pixels.",
            severity=severity,
            box=box,
            measured=round(growth, 2),
            limit=OWN_PIXELS,
            suggestion=f"Use one of at least {wanted[0]}×{wanted[1]} pixels.",
        )
    share = box.width * box.height / (painter.profile.width_px * painter.profile.height_px)
    if share < SEEN_SHARE:
        yield Finding(
            "picture.small",
            f"The picture covers {share:.1%} of the page; little of it can be seen.",
            box=box,
            measured=round(share, 4),
            limit=SEEN_SHARE,
            suggestion="Give it more room, or use a larger one.",
        )
