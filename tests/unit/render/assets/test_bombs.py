"""What promises little and costs much is refused before a decoder sees it, or cannot cost much."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.assets.header import MOST_FRAMES
from preview_worker.render.assets.pictures import check_picture, decode_picture, load_decoders
from tests.unit.render.assets import bombs

LIMIT = 25_000_000
PIXELS, TYPE, FRAMES = ErrorCode.ASSET_PIXELS, ErrorCode.ASSET_TYPE, ErrorCode.ASSET_FRAMES
BOMBS: dict[str, tuple[Callable[[], bytes], ErrorCode | None]] = {
    "png: 900 megapixels": (bombs.png_of_900_megapixels, PIXELS),
    "png: a header and nothing else": (lambda: bombs.png(30_000, 30_000), PIXELS),
    "png: the largest there can be": (lambda: bombs.png(2**31 - 1, 2**31 - 1), PIXELS),
    "png: texts": (bombs.png_texts, None),
    "png: texts in Unicode": (bombs.png_unicode_texts, None),
    "png: colour profile": (bombs.png_profile, None),
    "png: notes": (lambda: bombs.png_with(bombs.chunk(b"eXIf", bombs.notes())), None),
    "png: two sizes": (bombs.png_of_two_sizes, None),
    "png: chunks": (lambda: bombs.png_with(bombs.chunk(b"aaAa", b"") * 1_000_000), TYPE),
    "jpeg: 65,500 squared": (bombs.jpeg_of_4_gigapixels, PIXELS),
    "jpeg: notes": (bombs.jpeg_notes, None),
    "jpeg: scans": (bombs.jpeg_scans, TYPE),
    "jpeg: padding": (lambda: b"\xff\xd8" + b"\xff" * 20_000_000, TYPE),
    "jpeg: dust": (lambda: b"\xff\xd8\xff\0" + b"\0" * 20_000_000, TYPE),
    "webp: canvas": (bombs.webp_canvas, PIXELS),
    "webp: more inside than outside": (bombs.webp_inside, PIXELS),
    "webp: notes": (lambda: bombs.small("WEBP", exif=bombs.notes()), None),
    "avif: canvas": (bombs.avif_canvas, PIXELS),
    "avif: more inside than outside": (bombs.avif_inside, PIXELS),
    "avif: notes": (lambda: bombs.small("AVIF", exif=bombs.notes(400)), None),
    "avif: boxes": (lambda: bombs.small("AVIF") + b"\0\0\0\x08free" * 1_000_000, TYPE),
    "gif: a million frames": (lambda: bombs.gif(1_000_000), FRAMES),
    "gif: canvas": (lambda: bombs.gif(1, 65_535, 65_535), PIXELS),
    "gif: a frame beyond its canvas": (bombs.gif_frame_beyond_its_canvas, PIXELS),
    "gif: a comment of 20 MB": (bombs.gif_comment, None),
    "gif: crumbs": (bombs.gif_crumbs, TYPE),
    "apng: frames": (lambda: bombs.apng(4_000_000_000), FRAMES),
}


def _judge(content: bytes) -> ErrorCode | None:
    try:
        decode_picture(content, "/here", LIMIT, (1920, 1080))
    except PreviewError as error:
        return error.code
    return None


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's own, of the notes that it writes
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_does_not_go_off(name: str) -> None:
    """X6, X7: within a tenth of a second and five megabytes; and it is said what is wrong.

    Measured in a process of its own, which knows the most memory that it ever had. The bounds are
    those of the specification; each of these takes a tenth of them on an idle machine, so they hold
    on a busy one. What is harmless once it was looked through decodes, which needs libraries' own
    memory, so it may have four times as much.
    """
    make, wanted = BOMBS[name]
    content = make()
    load_decoders()
    code, spent_s, grown_kib = _measured(content)

    assert code == (wanted.code if wanted else "")
    assert spent_s <= (0.1 if wanted else 1.0)
    assert grown_kib <= (5 if wanted else 20) * 1024


def _measured(content: bytes) -> tuple[str, float, int]:
    """Return the code that ``content`` is refused with, the CPU seconds and the KiB it took."""
    if sys.platform != "linux":
        began = time.process_time()
        code = _judge(content)
        return code.code if code else "", time.process_time() - began, 0
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            before, began = _memory_kib("VmRSS"), time.process_time()
            code = _judge(content)
            spent_s = time.process_time() - began
            told = f"{code.code if code else ''},{spent_s},{_memory_kib('VmHWM') - before}"
            os.write(writing, told.encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told_by_child:
        code_, spent, grown = told_by_child.read().split(",")
    os.waitpid(pid, 0)
    return code_, float(spent), int(grown)


def _memory_kib(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "AVIF", "PNG"])
def test_a_film_is_no_picture(kind: str) -> None:
    """X7: frames are counted from the header, and the message says what to do."""
    check_picture(bombs.animation(kind, 3), "/here", LIMIT)
    with pytest.raises(PreviewError, match=f"more than {MOST_FRAMES} frames") as caught:
        check_picture(bombs.animation(kind, MOST_FRAMES + 1), "/here", LIMIT)

    assert caught.value.code is ErrorCode.ASSET_FRAMES


def test_a_sequence_without_a_clock_is_refused() -> None:
    """X13: Pillow divides by the units that a second has, of which there may be none."""
    whole = bytearray(bombs.animation("AVIF", 3))
    place = whole.index(b"mdhd\1") + 24
    assert int.from_bytes(whole[place : place + 4]) > 0
    whole[place : place + 4] = bytes(4)

    assert _judge(bytes(whole)) is ErrorCode.ASSET_TYPE


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_a_file_that_ends_too_early_is_refused_or_shown(kind: str) -> None:
    """X13: wherever it ends, nothing else comes of it."""
    whole = bombs.small(kind)
    codes = {_judge(whole[:stop]) for stop in range(0, len(whole), max(1, len(whole) // 60))}

    assert codes <= {ErrorCode.ASSET_TYPE, None}
    assert ErrorCode.ASSET_TYPE in codes


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xc0\0\2",
        b"\xff\xd8\xff\xc0\0\2\xff\xda",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"GIF89a\1\0\1\0\xff\0\0\x2c",
        b"RIFF\4\0\0\0WEBPVP8X",
        b"RIFF\xff\xff\xff\xffWEBPVP8X\1\0\0\0\0",
        b"\0\0\0\x0cftypavif",
        b"\0\0\0\x0cftypavif\0\0\0\1meta\0\0\0\0",
        b"\0\0\0\x0cftypavif\0\0\0\x20meta\0\0\0\0\0\0\0\x14iloc\2\0\0\0" + b"\xff" * 8,
    ],
)
def test_headers_that_end_at_once_are_refused(content: bytes) -> None:
    """X6: our own lines read them, so our own lines must not stumble."""
    assert _judge(content) is ErrorCode.ASSET_TYPE


@pytest.mark.parametrize(
    "content",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
        b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>',
        b"\xef\xbb\xbf<svg><script>alert(1)</script></svg>",
        b"\x1f\x8b\x08\x00" + bytes(60),
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"<!doctype html><title>Not found</title>",
    ],
)
def test_drawings_and_pages_are_no_pictures(content: bytes) -> None:
    """X8, D10: whatever they are called."""
    assert _judge(content) is ErrorCode.ASSET_TYPE
