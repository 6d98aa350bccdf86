"""From scenes to stills: pages are placed by measuring, then painted with Skia."""

from __future__ import annotations

from preview_worker.render.paint.fonts import load_fonts
from preview_worker.render.paint.page import Spread
from preview_worker.render.paint.painter import Painter

__all__ = ["Painter", "Spread", "load_fonts"]
