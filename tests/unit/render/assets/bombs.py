"""Pictures that promise little and cost much, each made on the spot."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image

MEGA = 1_000_000


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return ``image`` as a file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def small(kind: str, **options: Any) -> bytes:
    """Return a small red picture as a file."""
    return saved(Image.new("RGB", (64, 48), "#c03040"), kind, **options)


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG file."""
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def png(width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 2) -> bytes:
    """Return a PNG file that says what it is asked to; without chunks there is nothing in it."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(chunks)


def png_with(*chunks: bytes) -> bytes:
    """Return a small PNG file that carries ``chunks`` before its pixels."""
    whole = small("PNG")
    return whole[:33] + b"".join(chunks) + whole[33:]


def png_of_900_megapixels() -> bytes:
    """Return a whole PNG file, whose pixels are there: 110 KB of black."""
    packer = zlib.compressobj(9)
    row = bytes(30_000 // 8 + 1)
    packed = b"".join(packer.compress(row * 1000) for _ in range(30)) + packer.flush()
    return png(30_000, 30_000, chunk(b"IDAT", packed), chunk(b"IEND", b""), depth=1, colour=0)


def png_texts() -> bytes:
    """Return a PNG file with 60 texts of a megabyte each, deflated to a kilobyte."""
    text = zlib.compress(bytes(MEGA), 9)
    return png_with(*(chunk(b"zTXt", b"%d\0\0" % number + text) for number in range(60)))


def png_profile() -> bytes:
    """Return a PNG file with a colour profile of 100 megabytes."""
    return png_with(chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(bytes(100 * MEGA), 9)))


def png_unicode_texts() -> bytes:
    """Return a PNG file with deflated texts of the other kind."""
    text = zlib.compress(bytes(MEGA), 9)
    return png_with(*(chunk(b"iTXt", b"%d\0\1\0\0\0" % n + text) for n in range(60)))


def png_of_two_sizes() -> bytes:
    """Return a PNG file whose second header says something else than its first."""
    return png_with(png(30_000, 30_000)[8:])


def notes(entries: int = 4000, size: int = MEGA) -> bytes:
    """Return EXIF notes in which every entry is as large as all of them."""
    body = struct.pack(">H", entries)
    body += b"".join(struct.pack(">HHII", 0x1000 + n, 7, size, 8) for n in range(entries))
    head = b"MM\0*" + struct.pack(">I", 8) + body + b"\0\0\0\0"
    return head + bytes(max(0, size + 8 - len(head)))


def jpeg_notes() -> bytes:
    """Return a JPEG file with notes that fill their segment, and refer to all of it throughout."""
    whole = small("JPEG")
    content = b"Exif\0\0" + notes(4000, 60_000)
    return whole[:2] + b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content + whole[2:]


def jpeg_of_4_gigapixels() -> bytes:
    """Return a JPEG file that says that it is as large as one can be."""
    whole = small("JPEG")
    place = whole.index(b"\xff\xc0") + 5
    return whole[:place] + struct.pack(">HH", 65_500, 65_500) + whole[place + 4 :]


def jpeg_scans(count: int = 20_000) -> bytes:
    """Return a progressive JPEG file of 25 megapixels that goes over them again and again."""
    whole = saved(Image.new("L", (5000, 5000)), "JPEG", progressive=True)
    start = whole.rindex(b"\xff\xda")
    (size,) = struct.unpack_from(">H", whole, start + 2)
    return whole[:-2] + whole[start : start + 2 + size] * count + b"\xff\xd9"


def webp_canvas() -> bytes:
    """Return a WebP file of a hundred bytes with the largest canvas."""
    head = struct.pack("<4sI4s", b"RIFF", 100, b"WEBP")
    canvas = b"\x10\0\0\0" + (16_382).to_bytes(3, "little") * 2
    return head + struct.pack("<4sI", b"VP8X", 10) + canvas + bytes(70)


def webp_inside() -> bytes:
    """Return a WebP file whose coded picture is larger than the file says."""
    whole = bytearray(small("WEBP"))
    place = whole.index(b"\x9d\x01\x2a") + 3
    struct.pack_into("<HH", whole, place, 16_383, 16_383)
    return bytes(whole)


def avif_canvas() -> bytes:
    """Return an AVIF file that says that it is larger than what is coded in it."""
    return small("AVIF").replace(_extent(64, 48), _extent(30_000, 30_000))


def avif_inside() -> bytes:
    """Return an AVIF file of a kilobyte, in which 36 megapixels are coded as ten by ten."""
    whole = saved(Image.new("RGB", (6000, 6000)), "AVIF", speed=10)
    assert _extent(6000, 6000) in whole
    return whole.replace(_extent(6000, 6000), _extent(10, 10))


def _extent(width: int, height: int) -> bytes:
    return b"ispe\0\0\0\0" + struct.pack(">II", width, height)


def gif(frames: int, width: int = 1, height: int = 1) -> bytes:
    """Return a GIF file that shows the same pixel over and over."""
    head = b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0" + b"\0\0\0\xff\xff\xff"
    return head + (b"\x2c\0\0\0\0\1\0\1\0\0\2\2D\1\0") * frames + b"\x3b"


def gif_frame_beyond_its_canvas() -> bytes:
    """Return a GIF file of one pixel with a frame of 900 megapixels."""
    return gif(1).replace(b"\x2c\0\0\0\0\1\0\1\0", struct.pack("<B4H", 0x2C, 0, 0, 30_000, 30_000))


def gif_comment(size: int = 20 * MEGA) -> bytes:
    """Return a GIF file with a comment of 20 megabytes in front of its frame."""
    comment = b"\x21\xfe" + (b"\xff" + b"x" * 255) * (size // 256) + b"\0"
    return gif(1).replace(b"\x2c", comment + b"\x2c", 1)


def gif_crumbs() -> bytes:
    """Return a GIF file whose only frame comes in pieces of one byte."""
    return gif(1)[:-4] + b"\1\0" * 5 * MEGA + b"\0\x3b"


def apng(frames: int) -> bytes:
    """Return a PNG file that says how many frames it moves through."""
    return png_with(chunk(b"acTL", struct.pack(">II", frames, 0)))


def animation(kind: str, frames: int) -> bytes:
    """Return a small moving picture, whose frames differ."""
    images = [Image.new("RGB", (16, 16), (n % 256, n // 256, 9)) for n in range(frames)]
    lossless = {"lossless": True} if kind == "WEBP" else {}
    return saved(images[0], kind, save_all=True, append_images=images[1:], **lossless)
