"""The renderer with a picture decoder that crashes, as those written in C do now and then."""

from __future__ import annotations

import os
import signal
from typing import Any
from unittest.mock import patch

from preview_worker.contract import RenderedPreview
from preview_worker.render import atelier, carry_out
from preview_worker.render.assets.pictures import decode_picture
from preview_worker.render.model import Picture

CRASHES = b"one byte too many"
"""A picture that the decoder does not survive."""


def carry_out_with_a_bug(*order: Any) -> RenderedPreview:
    """Render as ever, with a decoder that has a bug."""
    with patch.object(atelier, "decode_picture", _decode_with_a_bug):
        return carry_out(*order)


def _decode_with_a_bug(content: bytes, *others: Any) -> Picture:
    if content == CRASHES:
        signal.signal(signal.SIGSEGV, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGSEGV)
    return decode_picture(content, *others)
