"""The atelier: a painter at work on one timeline, with the pictures that it shows."""

from __future__ import annotations

from functools import lru_cache

from preview_worker.render.assets import AssetSource
from preview_worker.render.assets.pictures import check_picture, decode_picture
from preview_worker.render.model import Picture, PictureRef, Timeline
from preview_worker.render.paint import Painter
from preview_worker.render.planning import distinct
from preview_worker.render.settings import RenderSettings


def check_pictures(timeline: Timeline, source: AssetSource, settings: RenderSettings) -> None:
    """Read the header of every picture; raise ``PreviewError`` for one that cannot be shown."""
    for ref in distinct(timeline.pictures):
        check_picture(source.read(ref), ref.where, settings.max_asset_pixels)


def painter_of(timeline: Timeline, source: AssetSource, settings: RenderSettings) -> Painter:
    """Return a painter for the scenes of ``timeline``; pictures are decoded as they are needed."""
    within = (timeline.profile.width_px, timeline.profile.height_px)

    @lru_cache(maxsize=1)
    def decoded(ref: PictureRef) -> Picture:
        content = source.read(ref)
        return decode_picture(content, ref.where, settings.max_asset_pixels, within)

    return Painter(
        timeline.profile,
        decoded,
        timeline.look,
        language=timeline.language,
        watermark=timeline.watermark,
    )
