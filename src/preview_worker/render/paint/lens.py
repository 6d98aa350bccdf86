"""A picture that grows within its frame: made ready once, then drawn cheaply in any size between.

The picture is kept at twice the pixels that it is shown with, holding no finer detail than what can
be shown. Taking it from there by four neighbours a pixel neither shimmers nor jumps, and is the
fastest way that Skia has. Where it grows by much, it is kept in several sizes, and two of them are
mixed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import skia
from PIL import Image

from preview_worker.render.model import Picture
from preview_worker.render.motion import Motion, Pose
from preview_worker.render.paint.brush import rect_of
from preview_worker.render.paint.page import Box

DENSITY = 2
STEP = 1.5
"""How much larger the picture grows before it is taken from another size of it."""
MOST_PX = 6000
_SAMPLING = skia.SamplingOptions(skia.FilterMode.kLinear)


@dataclass(frozen=True, slots=True)
class Lens:
    """Shows a picture in ``place``, in pixels, with corners of ``radius``."""

    place: Box
    radius: float
    zooms: tuple[float, ...]
    """The growths that ``images`` are made for, from small to large."""
    images: tuple[skia.Image, ...]

    @classmethod
    def of(cls, picture: Picture, place: Box, radius: float, motions: Sequence[Motion]) -> Self:
        """Make ``picture`` ready for the zooms of ``motions``."""
        scales = [scale for motion in motions for scale in motion.scale] or [1.0]
        low, high = max(1.0, min(scales)), max(1.0, *scales)
        count = max(1, math.ceil(math.log(high / low) / math.log(STEP) - 1e-9))
        zooms = tuple(low * (high / low) ** (n / count) for n in range(count + 1))
        if count == 1:
            zooms = (math.sqrt(low * high),)
        return cls(place, radius, zooms, tuple(_ready(picture, place, zoom) for zoom in zooms))

    def draw(self, canvas: skia.Canvas, pose: Pose) -> None:
        """Draw the picture as ``pose`` wants it; the canvas is in pixels."""
        place, zoom, (ax, ay) = self.place, pose.zoom, pose.anchor
        whole = Box(
            place.x + ax * place.width * (1 - zoom),
            place.y + ay * place.height * (1 - zoom),
            place.width * zoom,
            place.height * zoom,
        )
        canvas.save()
        if self.radius:
            corners = skia.RRect.MakeRectXY(rect_of(place), self.radius, self.radius)
            canvas.clipRRect(corners, doAntiAlias=True)
        else:
            canvas.clipRect(rect_of(place), doAntiAlias=True)
        for image, opacity in self._mixed(zoom):
            paint = skia.Paint(Alphaf=opacity) if opacity < 1 else None
            canvas.drawImageRect(image, rect_of(whole), _SAMPLING, paint)
        canvas.restore()

    def _mixed(self, zoom: float) -> list[tuple[skia.Image, float]]:
        """Return the sizes to draw one over the other: the smaller in full, the next over it."""
        above = next((n for n, own in enumerate(self.zooms) if own >= zoom), len(self.zooms) - 1)
        if above == 0:
            return [(self.images[0], 1.0)]
        low, high = self.zooms[above - 1], self.zooms[above]
        share = min(math.log(zoom / low) / math.log(high / low), 1.0)
        return [(self.images[above - 1], 1.0), (self.images[above], share)]


def _ready(picture: Picture, place: Box, zoom: float) -> skia.Image:
    """Return ``picture`` without detail finer than ``zoom`` can show, at ``DENSITY`` times that."""
    own = (picture.width_px, picture.height_px)
    image = Image.frombytes("RGBA", own, picture.rgba)
    share = min(1.0, MOST_PX / (DENSITY * zoom * max(place.width, place.height)))
    shown = (
        max(1, round(place.width * zoom * share)),
        max(1, round(place.height * zoom * share)),
    )
    if shown[0] < own[0]:
        image = image.resize(shown, Image.Resampling.LANCZOS)
    kept = (shown[0] * DENSITY, shown[1] * DENSITY)
    if image.size != kept:
        image = image.resize(kept, Image.Resampling.BICUBIC)
    opaque = image.getchannel("A").getextrema() == (255, 255)
    return _native(image, opaque=opaque)


def _native(image: Image.Image, *, opaque: bool) -> skia.Image:
    """Return ``image`` in the order of bytes and the kind of alpha that Skia draws fastest."""
    rgba = image.tobytes()
    order = skia.ColorType.kRGBA_8888_ColorType
    given = skia.ImageInfo.Make(*image.size, order, skia.AlphaType.kUnpremul_AlphaType)
    source = skia.Image.MakeRasterData(given, skia.Data(rgba), image.width * 4)
    surface = native_surface(*image.size, opaque=opaque)
    replace = skia.Paint(BlendMode=skia.BlendMode.kSrc)
    surface.getCanvas().drawImage(source, 0, 0, skia.SamplingOptions(), replace)
    return surface.makeImageSnapshot()


def native_surface(width_px: int, height_px: int, *, opaque: bool = False) -> skia.Surface:
    """Return a surface with the order of bytes that Skia draws fastest.

    It is measured, not ``kN32_ColorType``: a picture that grows takes five times as long there.
    """
    alpha = skia.AlphaType.kOpaque_AlphaType if opaque else skia.AlphaType.kPremul_AlphaType
    return skia.Surface.MakeRaster(
        skia.ImageInfo.Make(width_px, height_px, skia.ColorType.kBGRA_8888_ColorType, alpha)
    )
