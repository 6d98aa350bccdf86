"""How alike two pictures are: structural similarity, mean difference, and where they differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from preview_worker.render.colour import LUMA
from preview_worker.render.comparison.version import Pixels, Sight

WINDOW = 8
REACH = 4
"""Windows that two differences may be apart and still be one: about a word."""
NOTICEABLE = 9.0
"""Levels by which a window has to differ, in its mean or its spread.

Encoding leaves up to 3 of what stands still, and up to 7 of what moves.
"""
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_LUMA = np.array(LUMA)

_Plane = np.ndarray[Any, np.dtype[np.float64]]


class Share(NamedTuple):
    """A rectangle in shares of a picture's sides."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two pictures compared. ``regions`` are where they differ noticeably, from the top down."""

    similarity: float
    """Mean SSIM on luma, 1 for the same picture."""
    mean_difference: float
    """Mean absolute difference of all channels, in levels of 255."""
    regions: tuple[Share, ...]

    @property
    def changed(self) -> Share | None:
        """The rectangle around all regions; None where the pictures are the same to an eye."""
        if not self.regions:
            return None
        left, top = min(one.x for one in self.regions), min(one.y for one in self.regions)
        right = max(one.x + one.width for one in self.regions)
        bottom = max(one.y + one.height for one in self.regions)
        return Share(left, top, right - left, bottom - top)


def compare_pictures(before: Sight, after: Sight) -> Likeness | None:
    """Compare two pictures of one size; None for pictures of different sizes."""
    if (before.width_px, before.height_px) != (after.width_px, after.height_px):
        return None
    one, other = before.pixels, after.pixels
    difference = np.abs(one.astype(np.int16) - other.astype(np.int16))
    return Likeness(
        similarity=round(_similarity(one, other), 5),
        mean_difference=round(float(difference.mean()), 3),
        regions=tuple(_regions(one, other)),
    )


def _tiles(plane: _Plane) -> _Plane:
    """Return the plane's windows, one a row; what is left over at the edges is repeated pixels."""
    height, width = (-(-side // WINDOW) * WINDOW for side in plane.shape)
    whole = np.pad(plane, ((0, height - plane.shape[0]), (0, width - plane.shape[1])), mode="edge")
    tiles = whole.reshape(height // WINDOW, WINDOW, width // WINDOW, WINDOW).swapaxes(1, 2)
    return tiles.reshape(height // WINDOW, width // WINDOW, WINDOW * WINDOW)


def _similarity(one: Pixels, other: Pixels) -> float:
    a, b = (_tiles(np.asarray(rows @ _LUMA)) for rows in (one, other))
    mean_a, mean_b = a.mean(-1), b.mean(-1)
    covariance = ((a - mean_a[..., None]) * (b - mean_b[..., None])).mean(-1)
    above = (2 * mean_a * mean_b + _C1) * (2 * covariance + _C2)
    below = (mean_a**2 + mean_b**2 + _C1) * (a.var(-1) + b.var(-1) + _C2)
    return float((above / below).mean())


def _regions(one: Pixels, other: Pixels) -> Iterator[Share]:
    """Yield rectangles around windows that differ; those close to each other are one region."""
    height, width = one.shape[:2]
    for windows in _clusters(_differing(one, other)):
        rows, columns = [row for row, _ in windows], [column for _, column in windows]
        left, top = min(columns) * WINDOW, min(rows) * WINDOW
        right = min(width, (max(columns) + 1) * WINDOW)
        bottom = min(height, (max(rows) + 1) * WINDOW)
        share = (left / width, top / height, (right - left) / width, (bottom - top) / height)
        yield Share(*(round(side, 5) for side in share))


def _differing(one: Pixels, other: Pixels) -> set[tuple[int, int]]:
    """Return the rows and columns of windows whose colour or structure is another one."""
    away = np.zeros(_tiles(np.asarray(one[..., 0], float)).shape[:2])
    for channel in range(3):
        a, b = (_tiles(np.asarray(rows[..., channel], float)) for rows in (one, other))
        away = np.maximum(away, np.abs(a.mean(-1) - b.mean(-1)))
        away = np.maximum(away, np.abs(a.std(-1) - b.std(-1)))
    rows, columns = np.nonzero(away > NOTICEABLE)
    return set(zip(rows.tolist(), columns.tolist(), strict=True))


def _clusters(windows: set[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Yield windows that are within ``REACH`` of each other, directly or over others."""
    left = set(windows)
    for first in sorted(windows):
        if first not in left:
            continue
        left.remove(first)
        cluster = [first]
        for row, column in cluster:  # which grows while we look at it
            near = {
                (row + down, column + right)
                for down in range(-REACH, REACH + 1)
                for right in range(-REACH, REACH + 1)
            }
            found = sorted(near & left)
            left.difference_update(found)
            cluster += found
        yield cluster
