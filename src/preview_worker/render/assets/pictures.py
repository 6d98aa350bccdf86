"""Decoding pictures from strangers: formats by allow-list, pixels counted before any is decoded."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import AvifImagePlugin, Image, UnidentifiedImageError

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.assets.header import MOST_FRAMES, BrokenHeaderError, Header
from preview_worker.render.assets.signatures import KINDS, read_header
from preview_worker.render.model import Picture

_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    RuntimeError,
    struct.error,
    zlib.error,
)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112


def load_decoders() -> None:
    """Import the decoders now rather than with the first picture, and have them work alone.

    A decoder's threads would keep the process from forking, and go beyond what it may use.
    """
    Image.init()
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1


def check_picture(content: bytes, where: str, max_pixels: int) -> None:
    """Read the header alone; raise ``PreviewError`` for what ``decode_picture`` would not take."""
    with _opened(content, where, max_pixels):
        pass


def decode_picture(content: bytes, where: str, max_pixels: int, within: tuple[int, int]) -> Picture:
    """Decode ``content`` upright, shrunk to fit ``within`` (width, height), first frame only."""
    with _opened(content, where, max_pixels) as (header, image):
        try:
            size = image.size
            image.draft("RGB", within)
            upright = _eight_bit(_turned(image, header))
            upright.thumbnail(within, Image.Resampling.LANCZOS)
            upright = upright.convert("RGBA")
        except _BROKEN as error:
            raise _unreadable(where) from error
        shrunk = size[0] * size[1] > upright.width * upright.height
        return Picture(upright.width, upright.height, upright.tobytes(), shrunk)


def _turned(image: Image.Image, header: Header) -> Image.Image:
    told = header.orientation
    turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1) if told is None else told)
    return image.copy() if turn is None else image.transpose(turn)


def _eight_bit(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in {"P", "PA", "LA", "La", "RGBa"} or "transparency" in image.info:
        return image.convert("RGBA")
    return image if image.mode in {"RGB", "RGBA", "L"} else image.convert("RGB")


@contextmanager
def _opened(content: bytes, where: str, max_pixels: int) -> Iterator[tuple[Header, Image.Image]]:
    header = _judged(content, where, max_pixels)
    with warnings.catch_warnings():
        # Pillow warns of bombs at its own limit; ours is lower and an error.
        warnings.simplefilter("ignore")
        try:
            image = Image.open(io.BytesIO(header.essence), formats=(header.kind,))
        except Image.DecompressionBombError as error:
            raise _too_many(where, max_pixels) from error
        except (UnidentifiedImageError, *_BROKEN) as error:
            raise _unreadable(where) from error
        with image:
            if image.width * image.height > max_pixels:
                raise _too_many(where, max_pixels)
            yield header, image


def _judged(content: bytes, where: str, max_pixels: int) -> Header:
    """Return the header of ``content``; no decoder has seen anything of it yet."""
    try:
        header = read_header(content)
    except BrokenHeaderError as error:
        raise _unreadable(where) from error
    if header is None:
        raise _unreadable(where)
    if header.width_px * header.height_px > max_pixels:
        raise _too_many(where, max_pixels)
    if header.frames > MOST_FRAMES:
        message = (
            f"The picture at {where} moves through more than {MOST_FRAMES} frames. Only the first "
            "is shown; save that one alone."
        )
        raise PreviewError(ErrorCode.ASSET_FRAMES, message)
    return header


def _unreadable(where: str) -> PreviewError:
    names = ", ".join(KINDS[:-1])
    message = f"The picture at {where} is broken or is none of {names} and {KINDS[-1]}."
    return PreviewError(ErrorCode.ASSET_TYPE, message)


def _too_many(where: str, max_pixels: int) -> PreviewError:
    message = (
        f"The picture at {where} has more than {max_pixels // 1_000_000} million pixels. "
        "Save it smaller."
    )
    return PreviewError(ErrorCode.ASSET_PIXELS, message)
