"""How alike two pictures are: mean structural similarity on luma, in windows of eight pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

Pixels = np.ndarray[Any, Any]
WINDOW = 8
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def luma(rgb: Pixels) -> Pixels:
    """Return the BT.709 luma of eight-bit RGB rows."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    return np.asarray(rgb[..., :3].astype(float) @ weights)


def _windows(plane: Pixels) -> Pixels:
    height, width = (side // WINDOW * WINDOW for side in plane.shape)
    tiles = plane[:height, :width].reshape(height // WINDOW, WINDOW, width // WINDOW, WINDOW)
    return tiles.swapaxes(1, 2).reshape(-1, WINDOW * WINDOW)


def similarity(one: Pixels, other: Pixels) -> float:
    """Return the mean SSIM of two RGB pictures of one size, 1 for the same picture."""
    a, b = _windows(luma(one)), _windows(luma(other))
    mean_a, mean_b = a.mean(1), b.mean(1)
    covariance = ((a - mean_a[:, None]) * (b - mean_b[:, None])).mean(1)
    above = (2 * mean_a * mean_b + C1) * (2 * covariance + C2)
    below = (mean_a**2 + mean_b**2 + C1) * (a.var(1) + b.var(1) + C2)
    return float((above / below).mean())


def check_alike(found: Pixels, wanted: Pixels, least: float, beside: Path) -> None:
    """Fail unless two pictures are at least so similar; then leave both, and tell where they are.

    ``beside`` is the path that their names begin with.
    """
    likeness = similarity(found, wanted)
    if likeness < least:
        paths = [beside.with_name(f"{beside.name}-{name}.png") for name in ("found", "wanted")]
        for path, rows in zip(paths, (found, wanted), strict=True):
            Image.fromarray(np.ascontiguousarray(rows)).save(path)
        message = f"similarity {likeness:.4f} is below {least}; see {paths[0]} and {paths[1]}"
        raise AssertionError(message)
