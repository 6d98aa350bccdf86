"""Named compositions: where the words and the pictures of a page go, by the shape of the page.

A composition is asked for by name, or chosen by what is to be shown: words alone, one picture by
its proportions, or several. On a narrow page what stands beside words elsewhere stands above them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from preview_worker.render.paint.badge import RADIUS
from preview_worker.render.paint.page import Box, Extent, Size
from preview_worker.render.paint.theme import MARGIN_X, MARGIN_Y

GAP = 30
GUTTER = 72
WIDE, TALL = 2.4, 0.75
"""Proportions (width by height) from which a picture goes above its words, or beside them."""
SEVERAL = Size(2400.0, 1920.0)
"""A grid of pictures, which has more pixels than the page."""
COVERING = 0.6
LEAST_COLUMN, MOST_COLUMN = 0.14, 0.52
"""Shares of the page's inner width that a picture beside words may take."""
MOST_ABOVE = 0.5
MOUNT = 44
"""What the mount of a small picture adds on every side."""
LOWER_HALF = 0.42


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Where things go on one page, in design units."""

    words: Box
    picture: Box | None = None
    head: tuple[float, float] = (MARGIN_X, MARGIN_Y)
    """The upper left corner of the badge."""
    gravity: float = 0.42
    """The share of the spare height that is left above the words."""
    over: bool = False
    """Whether the words stand on the picture, which then covers the page."""
    centred: bool = False


def arrange(name: str, sizes: Sequence[Size], extent: Extent) -> Arrangement:
    """Return the composition ``name``, or the one that suits when it is none that we know.

    ``sizes`` tell how large each of the pictures can be drawn.
    """
    if not sizes:
        return _text_only(extent, SEVERAL)
    size = sizes[0] if len(sizes) == 1 else SEVERAL
    if name == "fullBleed" and (sizes[1:] or not _covers(size, extent)):
        name = ""
    place = COMPOSITIONS.get(name) or COMPOSITIONS[_natural(size, extent)]
    return place(extent, size)


def _covers(size: Size, extent: Extent) -> bool:
    """Tell whether a picture has enough of the page's proportions to cover most of it."""
    page = extent.width / extent.height
    return min(size.shape / page, page / size.shape) >= COVERING


def _natural(size: Size, extent: Extent) -> str:
    if size.shape >= WIDE or _is_tight(size, extent):
        return "topImageBottomText"
    return "imageRightTextLeft"


def _is_tight(size: Size, extent: Extent) -> bool:
    """Tell whether the page is too narrow for this picture to stand beside words."""
    upright = extent.height > extent.width
    return extent.is_narrow and (upright or size.shape > TALL)


def _below_head(box: Box) -> Box:
    used = 2 * RADIUS + GAP
    return Box(box.x, box.y + used, box.width, box.height - used)


def _text_only(extent: Extent, _size: Size) -> Arrangement:
    inner = extent.inner
    words = _below_head(inner)
    width = words.width * (1 if extent.is_narrow else 0.72)
    return Arrangement(words._replace(width=width), head=inner[:2])


def _beside(extent: Extent, size: Size, *, left: bool) -> Arrangement:
    inner = extent.inner
    gutter = GUTTER if not extent.is_narrow else GUTTER / 2
    width = min(inner.height * size.shape, size.width + 2 * MOUNT, MOST_COLUMN * inner.width)
    column = max(width, LEAST_COLUMN * inner.width)
    rest = inner.width - column - gutter
    text_x = inner.x + column + gutter if left else inner.x
    picture = Box(inner.x if left else inner.right - column, inner.y, column, inner.height)
    words = _below_head(Box(text_x, inner.y, rest, inner.height))
    return Arrangement(words, picture, (text_x, inner.y))


def _above(extent: Extent, size: Size) -> Arrangement:
    inner = extent.inner
    body = _below_head(inner)
    height = min(body.height * MOST_ABOVE, body.width / size.shape, size.height + 2 * MOUNT)
    width = body.width if size is SEVERAL else min(body.width, height * size.shape)
    picture = Box(body.x, body.y, width, height)
    y = picture.bottom + GAP * 1.4
    width = body.width * (1 if extent.is_narrow else 0.86)
    words = Box(body.x, y, width, body.bottom - y)
    return Arrangement(words, picture, inner[:2], gravity=0.2)


def _bleed(extent: Extent, _size: Size) -> Arrangement:
    inner = extent.inner
    width = inner.width * (1 if extent.is_narrow else 0.62)
    y = inner.y + inner.height * LOWER_HALF
    pad = GAP * 1.2
    words = Box(inner.x + pad, y, width - 2 * pad, inner.bottom - y - pad)
    whole = Box(0, 0, extent.width, extent.height)
    return Arrangement(words, whole, inner[:2], gravity=1.0, over=True)


def _centre(extent: Extent, _size: Size) -> Arrangement:
    inner = extent.inner
    body = _below_head(inner)
    picture = body._replace(height=body.height * 0.56)
    y = picture.bottom + GAP
    spare = 0.0 if extent.is_narrow else body.width * 0.08
    words = Box(body.x + spare, y, body.width - 2 * spare, body.bottom - y)
    return Arrangement(words, picture, inner[:2], gravity=0.2, centred=True)


def _left(extent: Extent, size: Size) -> Arrangement:
    return _above(extent, size) if _is_tight(size, extent) else _beside(extent, size, left=True)


def _right(extent: Extent, size: Size) -> Arrangement:
    return _above(extent, size) if _is_tight(size, extent) else _beside(extent, size, left=False)


COMPOSITIONS: dict[str, Callable[[Extent, Size], Arrangement]] = {
    "textOnly": _text_only,
    "imageLeftTextRight": _left,
    "imageRightTextLeft": _right,
    "topImageBottomText": _above,
    "fullBleed": _bleed,
    "centerFocus": _centre,
}
