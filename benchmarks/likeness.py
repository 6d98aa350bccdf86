"""How alike two pictures are to the eye: SSIM of their luma.

The formula is equation 13 of Z. Wang, A. C. Bovik, H. R. Sheikh and E. P. Simoncelli, "Image
Quality Assessment: From Error Visibility to Structural Similarity", IEEE Transactions on Image
Processing 13(4), 2004, with K1 = 0.01 and K2 = 0.03. Its windows are of 8 by 8 pixels here, 4
pixels apart, as FFmpeg and x264 have them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Luma = np.ndarray[Any, np.dtype[np.float64]]

_STEP = 4
_PIXELS = 64
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_BT709 = np.array([0.2126, 0.7152, 0.0722])


def painted_luma(rgba: bytes, width_px: int) -> Luma:
    """Return the luma of an opaque picture as BT.709 has it in limited range, not rounded."""
    pixels = np.frombuffer(rgba, np.uint8).reshape(-1, width_px, 4)
    luma: Luma = 16 + pixels[..., :3] @ _BT709 * (219 / 255)
    return luma


def likeness(one: Luma, other: Luma) -> float:
    """Return the mean SSIM of two pictures of the same size; 1 is the same picture."""
    mean_one, mean_other = _window_sums(one) / _PIXELS, _window_sums(other) / _PIXELS
    variance_one = _window_sums(one * one) / _PIXELS - mean_one**2
    variance_other = _window_sums(other * other) / _PIXELS - mean_other**2
    covariance = _window_sums(one * other) / _PIXELS - mean_one * mean_other
    alike = (2 * mean_one * mean_other + _C1) * (2 * covariance + _C2)
    most = (mean_one**2 + mean_other**2 + _C1) * (variance_one + variance_other + _C2)
    return float((alike / most).mean())


def _window_sums(values: Luma) -> Luma:
    """Return the sums over all windows; pixels beyond a multiple of 4 are left out."""
    rows, columns = (side // _STEP for side in values.shape)
    cut = values[: rows * _STEP, : columns * _STEP]
    fours = cut.reshape(rows, _STEP, columns, _STEP).sum(axis=(1, 3))
    sums: Luma = fours[:-1, :-1] + fours[1:, :-1] + fours[:-1, 1:] + fours[1:, 1:]
    return sums
