"""Pictures are judged by their bytes, counted before they are decoded, and shown upright."""

from __future__ import annotations

import io
import struct
import time
import zlib
from typing import Any

import pytest
from PIL import Image

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.assets.pictures import check_picture, decode_picture
from preview_worker.render.model import Picture

LIMIT = 25_000_000
BOX = (1920, 1080)


def _bytes(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _decode(content: bytes, box: tuple[int, int] = BOX) -> Picture:
    return decode_picture(content, "/here", LIMIT, box)


def _refusal(content: bytes) -> ErrorCode:
    with pytest.raises(PreviewError, match="/here") as caught:
        _decode(content)
    return caught.value.code


def _png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"x" * 8)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_every_allowed_format_is_decoded(kind: str) -> None:
    """To four bytes a pixel."""
    picture = _decode(_bytes(Image.new("RGB", (32, 20), "#c03040"), kind))

    assert (picture.width_px, picture.height_px) == (32, 20)
    red, green, blue, alpha = picture.rgba[:4]
    assert abs(red - 0xC0) < 12
    assert abs(green - 0x30) < 12
    assert abs(blue - 0x40) < 12
    assert alpha == 255


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F"])
def test_every_mode_comes_out_as_rgba(mode: str) -> None:
    """Grey, palettes, print colours and deep pixels."""
    kind = {"CMYK": "JPEG", "F": "TIFF"}.get(mode, "PNG")
    content = _bytes(Image.new(mode, (8, 8)), kind)
    if kind == "TIFF":
        assert _refusal(content) is ErrorCode.ASSET_TYPE
    else:
        assert len(_decode(content).rgba) == 8 * 8 * 4


def test_a_deep_grey_keeps_its_brightness() -> None:
    """Sixteen bits are scaled, not cut off."""
    content = _bytes(Image.new("I;16", (4, 4), 0x8000), "PNG")

    assert abs(_decode(content).rgba[0] - 0x80) <= 1


def test_orientation_is_followed() -> None:
    """A picture that a camera took sideways is turned."""
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = _decode(_bytes(Image.new("RGB", (40, 20)), "JPEG", exif=exif))

    assert (picture.width_px, picture.height_px) == (20, 40)


def test_large_pictures_are_shrunk_to_the_box() -> None:
    """And it is told that they were."""
    picture = _decode(_bytes(Image.new("RGB", (3000, 1000)), "JPEG"), (300, 300))

    assert (picture.width_px, picture.height_px) == (300, 100)
    assert picture.shrunk


def test_a_moving_picture_gives_its_first_frame() -> None:
    """The others are not even looked at."""
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("#ff0000", "#00ff00")]
    content = _bytes(frames[0], "GIF", save_all=True, append_images=frames[1:])

    assert _decode(content).rgba[:3] == b"\xff\x00\x00"


def test_too_many_pixels_are_refused_from_the_header() -> None:
    """A few bytes that promise 900 million pixels cost nothing."""
    began = time.monotonic()

    assert _refusal(_png_header(30_000, 30_000)) is ErrorCode.ASSET_PIXELS
    assert _refusal(_png_header(6_000, 5_000)) is ErrorCode.ASSET_PIXELS
    with pytest.raises(PreviewError, match="25 million pixels"):
        check_picture(_png_header(6_000, 5_000), "/here", LIMIT)
    assert time.monotonic() - began < 0.5


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>not a picture</html>",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"%PDF-1.7",
        b"#EXTM3U\nhttp://example.com/a.ts",
        _png_header(10, 10),
        _bytes(Image.new("RGB", (64, 64), "red"), "PNG")[:-40],
        _bytes(Image.new("RGB", (64, 64), "red"), "JPEG")[:200],
        _bytes(Image.new("RGB", (8, 8)), "BMP"),
        _bytes(Image.new("RGB", (8, 8)), "TIFF"),
        _bytes(Image.new("RGB", (8, 8)), "WEBP")[:30],
    ],
)
def test_what_is_no_whole_picture_is_refused(content: bytes) -> None:
    """Pages, drawings, playlists, other formats, and files that end too early."""
    assert _refusal(content) is ErrorCode.ASSET_TYPE
