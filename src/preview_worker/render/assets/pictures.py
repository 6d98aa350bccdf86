"""Decoding pictures from strangers: formats by allow-list, pixels counted before any is decoded."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, ImageOps, UnidentifiedImageError

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.model import Picture

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF")
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error, IndexError, TypeError)


def load_decoders() -> None:
    """Import the decoders now rather than with the first picture."""
    Image.init()


def check_picture(content: bytes, where: str, max_pixels: int) -> None:
    """Read the header alone; raise ``PreviewError`` for what ``decode_picture`` would not take."""
    with _opened(content, where, max_pixels):
        pass


def decode_picture(content: bytes, where: str, max_pixels: int, within: tuple[int, int]) -> Picture:
    """Decode ``content`` upright, shrunk to fit ``within`` (width, height), first frame only."""
    with _opened(content, where, max_pixels) as image:
        try:
            size = image.size
            image.draft("RGB", within)
            upright = _eight_bit(ImageOps.exif_transpose(image))
            upright.thumbnail(within, Image.Resampling.LANCZOS)
            upright = upright.convert("RGBA")
        except _BROKEN as error:
            raise _unreadable(where) from error
        shrunk = size[0] * size[1] > upright.width * upright.height
        return Picture(upright.width, upright.height, upright.tobytes(), shrunk)


def _eight_bit(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in {"P", "PA", "LA", "La", "RGBa"} or "transparency" in image.info:
        return image.convert("RGBA")
    return image if image.mode in {"RGB", "RGBA", "L"} else image.convert("RGB")


@contextmanager
def _opened(content: bytes, where: str, max_pixels: int) -> Iterator[Image.Image]:
    with warnings.catch_warnings():
        # Pillow warns of bombs at its own limit; ours is lower and an error.
        warnings.simplefilter("ignore")
        try:
            image = Image.open(io.BytesIO(content), formats=FORMATS)
        except Image.DecompressionBombError as error:
            raise _too_many(where, max_pixels) from error
        except (UnidentifiedImageError, *_BROKEN) as error:
            raise _unreadable(where) from error
        with image:
            if image.width * image.height > max_pixels:
                raise _too_many(where, max_pixels)
            yield image


def _unreadable(where: str) -> PreviewError:
    names = ", ".join(FORMATS[:-1])
    message = f"The picture at {where} is broken or is none of {names} and {FORMATS[-1]}."
    return PreviewError(ErrorCode.ASSET_TYPE, message)


def _too_many(where: str, max_pixels: int) -> PreviewError:
    message = (
        f"The picture at {where} has more than {max_pixels // 1_000_000} million pixels. "
        "Save it smaller."
    )
    return PreviewError(ErrorCode.ASSET_PIXELS, message)
