"""Hexagonal tiles: the board that stands behind titles and beside steps without a picture."""

from __future__ import annotations

import math

from preview_worker.render.look import Look, Scheme
from preview_worker.render.paint.page import Hexagon

ROOT3 = math.sqrt(3)
_BOARD = (
    (0, 0, "hook", 0.95),
    (1, 0, "objective", 0.35),
    (0, 1, "scoring", 0.8),
    (-1, 1, "objective", 0.55),
    (1, -1, "setup", 0.9),
    (0, -1, "core_mechanic", 0.75),
    (2, -1, "turn_structure", 0.5),
    (1, 1, "core_mechanic", 0.3),
    (-1, 2, "components", 0.85),
    (0, 2, "setup", 0.28),
    (1, -2, "game_identity", 0.6),
    (2, -2, "components", 0.3),
    (-1, 0, "game_identity", 0.3),
)

_ROW = ("hook", "setup", "core_mechanic", "components", "turn_structure", "scoring")


def _spot(q: float, r: float, step: float) -> tuple[float, float]:
    return step * ROOT3 * (q + r / 2), step * 1.5 * r


def board(x: float, y: float, radius: float, look: Look) -> tuple[Hexagon, ...]:
    """Return a cluster of tiles in the palette's colours around a centre."""
    tiles = []
    for q, r, section, alpha in _BOARD:
        dx, dy = _spot(q - 0.5, r, radius)
        colour, opacity = look.scheme(section).tile, alpha * 0.85 * look.haze
        tiles.append(Hexagon(x + dx, y + dy, radius * 0.92, colour, opacity))
    return tuple(tiles)


def comb(x: float, y: float, radius: float, scheme: Scheme) -> tuple[Hexagon, ...]:
    """Return one large tile with outlined neighbours, quiet enough to stand beside text."""
    around = ((1, -1), (0, 1), (-1, 0), (0, -1), (-1, 1), (1, 0))
    tiles = [Hexagon(x, y, radius * 0.92, scheme.tile, 0.16)]
    for index, (q, r) in enumerate(around):
        dx, dy = _spot(q, r, radius)
        filled = index < 2  # noqa: PLR2004 -- two filled neighbours make it look like a board
        tiles.append(
            Hexagon(
                x + dx,
                y + dy,
                radius * 0.92,
                scheme.tile,
                0.07 if filled else 0.14,
                0 if filled else 3,
            )
        )
    return tuple(tiles)


def garland(x: float, y: float, height: float, width: float, look: Look) -> tuple[Hexagon, ...]:
    """Return a row of tiles around a middle, fading outwards, for a band without words."""
    radius = min(104.0, height * 0.2)
    step = radius * ROOT3
    reach = min(len(_ROW) - 1, int((width / 2 - step) / step))
    return tuple(
        Hexagon(
            x + side * step * n,
            y,
            radius * 0.92,
            look.scheme(name).tile,
            0.62 * 0.72**n * look.haze,
        )
        for n, name in enumerate(_ROW[: reach + 1])
        for side in ((-1, 1) if n else (1,))
    )
