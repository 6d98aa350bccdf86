"""Headers tell what decoders would, and decoders are shown no more than what pixels depend on."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from PIL import Image, ImageOps

from preview_worker.render.assets.header import Header
from preview_worker.render.assets.pictures import decode_picture
from preview_worker.render.assets.signatures import KINDS, read_header
from tests.unit.render.assets import bombs


def _colours(mode: str = "RGB", size: tuple[int, int] = (37, 23)) -> Image.Image:
    noise = Image.effect_noise(size, 90)
    return Image.merge("RGB", (noise, noise.rotate(90), noise.rotate(180))).convert(mode)


def _files() -> Iterator[tuple[str, bytes]]:
    for kind in KINDS:
        for mode in {"PNG": ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"]}.get(kind, ["RGB"]):
            image = Image.new(mode, (37, 23)) if mode == "I;16" else _colours(mode)
            yield f"{kind} {mode}", bombs.saved(image, kind)
    yield "JPEG CMYK", bombs.saved(_colours("CMYK"), "JPEG")
    yield "JPEG progressive", bombs.saved(_colours(), "JPEG", progressive=True, comment=b"hello")
    yield "WEBP lossless", bombs.saved(_colours("RGBA"), "WEBP", lossless=True)
    yield "PNG with a clear colour", bombs.saved(_colours("P"), "PNG", transparency=3)
    for kind in ("GIF", "WEBP", "AVIF", "PNG"):
        yield f"{kind} moving", bombs.animation(kind, 5)


FILES = dict(_files())


def _header(content: bytes) -> Header:
    header = read_header(content)
    assert header is not None
    return header


@pytest.mark.parametrize("name", FILES)
def test_a_header_tells_kind_size_and_frames(name: str) -> None:
    """As Pillow finds them."""
    header = _header(FILES[name])
    with Image.open(io.BytesIO(FILES[name])) as image:
        assert header.kind == image.format
        assert (header.width_px, header.height_px) == image.size
        assert header.frames == getattr(image, "n_frames", 1)


@pytest.mark.parametrize("name", FILES)
def test_a_decoder_misses_nothing(name: str) -> None:
    """What it is shown has the same pixels as the whole file, and no other frame."""
    essence = _header(FILES[name]).essence
    with Image.open(io.BytesIO(FILES[name])) as whole, Image.open(io.BytesIO(essence)) as shown:
        assert shown.convert("RGBA").tobytes() == whole.convert("RGBA").tobytes()
        assert getattr(shown, "n_frames", 1) == (5 if name == "AVIF moving" else 1)


def test_notes_texts_and_profiles_are_not_shown() -> None:
    """A picture that has them all is decoded without them."""
    more = {"exif": b"Exif\0\0NOTES", "icc_profile": b"PROFILE" * 30, "xmp": b"PACKET"}
    for kind in ("PNG", "JPEG", "WEBP"):
        whole = bombs.small(kind, **more)
        essence = _header(whole).essence

        assert b"NOTES" in whole
        assert not [word for word in (b"NOTES", b"PROFILE", b"iCCP", b"PACKET") if word in essence]


def test_a_plain_file_is_not_copied() -> None:
    """Where there is nothing to leave out."""
    for content in (bombs.small("PNG"), bombs.small("JPEG"), bombs.small("AVIF")):
        assert _header(content).essence is content


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("told", range(10))
def test_orientation_is_followed_as_cameras_mean_it(kind: str, told: int) -> None:
    """Whichever of the eight it is; what is no orientation turns nothing."""
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    exif[0x0112] = told
    content = bombs.saved(_colours(), kind, exif=exif)
    with Image.open(io.BytesIO(content)) as image:
        upright = ImageOps.exif_transpose(image).convert("RGBA")

    picture = decode_picture(content, "/here", 10_000, (100, 100))
    assert (picture.width_px, picture.height_px) == upright.size
    assert picture.rgba == upright.tobytes()


def test_an_avif_file_is_turned_as_it_says_itself() -> None:
    """Not as notes in it do; those are never read."""
    exif = Image.Exif()
    exif[0x0112] = 6
    content = bombs.saved(_colours(), "AVIF", exif=exif)

    picture = decode_picture(content, "/here", 10_000, (100, 100))
    assert (picture.width_px, picture.height_px) == (23, 37)
    assert b"Exif" not in _header(content).essence.partition(b"mdat")[0]
