"""What a picture is, told by its first bytes; names and types that others gave it are not asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import get_args

from preview_worker.render.assets.avif import read_avif
from preview_worker.render.assets.gif import read_gif
from preview_worker.render.assets.header import Header, Kind
from preview_worker.render.assets.jpeg import read_jpeg
from preview_worker.render.assets.png import read_png
from preview_worker.render.assets.webp import read_webp

KINDS: tuple[str, ...] = get_args(Kind)
_SIGNATURES: tuple[tuple[re.Pattern[bytes], Callable[[bytes], Header]], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), read_png),
    (re.compile(rb"\xff\xd8\xff"), read_jpeg),
    (re.compile(rb"RIFF.{4}WEBPVP8[ LX]", re.DOTALL), read_webp),
    (re.compile(rb"GIF8[79]a"), read_gif),
    (re.compile(rb".{4}ftyp(avif|avis|mif1|msf1)", re.DOTALL), read_avif),
)


def read_header(content: bytes) -> Header | None:
    """Read the header of ``content``; None for what is no picture of a known kind.

    Nothing is decoded, and the cost does not grow with what the header promises. Raises
    ``BrokenHeaderError`` when the file is not built as its kind is.
    """
    for beginning, read in _SIGNATURES:
        if beginning.match(content):
            return read(content)
    return None
