"""Real pictures and sounds, made on the spot, and scripts that would have FFmpeg open more.

The scripts name a canary: a file that nobody else opens, and a server that nobody else calls.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.unit.render.sounds import ENCODERS, speech, write_encoded, write_wav

_SIZE_PX = (48, 32)
_SECONDS = 0.4
_FRAMES = 4
_TIMES = re.compile(rb"((?:mvhd|tkhd|mdhd)\x01...).{16}", re.DOTALL)
"""When a sequence in AVIF was made, which differs from run to run."""


@dataclass(frozen=True, slots=True)
class Specimen:
    """A file as it should be: what it is called, and what is in it."""

    name: str
    content: bytes


def specimens(folder: Path) -> list[Specimen]:
    """Return one of every kind; ``folder`` is where encoders may write."""
    return [*_pictures(), *_sounds(folder)]


def _pictures() -> Iterator[Specimen]:
    noise = np.random.default_rng(1).integers(0, 255, (*_SIZE_PX[::-1], 3), np.uint8)
    image = Image.fromarray(noise)
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "A camera", 6
    more: dict[str, Any] = {"exif": exif, "icc_profile": b"a profile" * 20, "xmp": b"<x/>"}
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        yield _saved(f"{mode}.png", image.convert(mode), "PNG")
    yield _saved("deep.png", Image.new("I;16", _SIZE_PX, 9), "PNG")
    yield _saved("told.png", image, "PNG", **more)
    for kind in ("JPEG", "WEBP", "AVIF"):
        yield _saved(f"told.{kind.lower()}", image, kind, **more)
    yield _saved("progressive.jpeg", image, "JPEG", progressive=True, comment=b"a comment")
    yield _saved("cmyk.jpeg", image.convert("CMYK"), "JPEG")
    yield _saved("lossless.webp", image.convert("RGBA"), "WEBP", lossless=True)
    turns = [image.rotate(90 * n) for n in range(1, _FRAMES)]
    for kind in ("GIF", "WEBP", "AVIF", "PNG"):
        name = f"moving.{kind.lower()}"
        yield _saved(name, image, kind, save_all=True, append_images=turns, loop=0)


def _saved(
    name: str,
    image: Image.Image,
    kind: str,
    **options: Any,  # noqa: ANN401 -- encoders take what they like
) -> Specimen:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return Specimen(name, _TIMES.sub(rb"\1" + bytes(16), file.getvalue()))


def _sounds(folder: Path) -> Iterator[Specimen]:
    for kind in ENCODERS:
        path = write_encoded(folder / f"voice.{kind}", speech(_SECONDS))
        yield Specimen(path.name, path.read_bytes())
    path = write_wav(folder / "voice.wav", np.stack([speech(_SECONDS)] * 2), 44_100)
    yield Specimen(path.name, path.read_bytes())
    stereo = write_encoded(folder / "stereo.flac", np.stack([speech(_SECONDS)] * 2))
    yield Specimen(stereo.name, stereo.read_bytes())


def scripts(canary: Path, port: int) -> list[Specimen]:
    """Return files that refer to ``canary`` and to a server on ``port`` of this machine."""
    there = f"http://127.0.0.1:{port}/a.ts"
    session = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=a\nc=IN IP4 127.0.0.1\n"
    texts = {
        "ffconcat": f"ffconcat version 1.0\nfile {canary}\nfile {there}\n",
        "hls-file": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{canary}\n",
        "hls-http": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{there}\n#EXT-X-ENDLIST\n",
        "hls-concat": f"#EXTM3U\n#EXTINF:1,\nconcat:{canary}|{there}\n",
        "hls-subfile": f"#EXTM3U\n#EXTINF:1,\nsubfile,,start,0,end,64,,:{canary}\n",
        "hls-data": "#EXTM3U\n#EXTINF:1,\ndata:video/mp2t;base64,R0AAEAAAsA0AAcEAAAAB\n",
        "dash": f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
        f"<Period><AdaptationSet><Representation><BaseURL>{there}</BaseURL></Representation>"
        "</AdaptationSet></Period></MPD>",
        "sdp": f"{session}m=audio {port} RTP/AVP 0\n",
        "svg": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="file://{canary}"/>'
        f'<image href="{there}"/></svg>',
        "rtsp": f"[Reference]\nRef1={there}\n",
        "image2": f"{canary.parent}/%d.png",
    }
    contents = {name: text.encode() for name, text in texts.items()}
    contents["drefs"] = _movie_elsewhere(str(canary).encode())
    suffixes = ("png", "jpg", "mp3", "wav", "mp4", "m4a", "m3u8", "mpd", "sdp")
    return [Specimen(f"{n}.{end}", c) for n, c in contents.items() for end in suffixes]


def _movie_elsewhere(path: bytes) -> bytes:
    """Return a QuickTime file whose sound lies in another file, named by ``path``."""

    def box(kind: bytes, *parts: bytes) -> bytes:
        body = b"".join(parts)
        return (8 + len(body)).to_bytes(4) + kind + body

    def counted(kind: bytes, *entries: bytes) -> bytes:
        return box(kind, bytes(4), len(entries).to_bytes(4), *entries)

    link = box(b"alis", bytes(4) + b"\0\0" + b"\0\2" + path)
    url = box(b"url ", bytes(4) + b"file://" + path + b"\0")
    sample = box(
        b"sowt", bytes(6) + b"\0\1" + bytes(8) + b"\0\1\0\x10" + bytes(4) + b"\xbb\x80\0\0"
    )
    table = box(
        b"stbl",
        counted(b"stsd", sample),
        counted(b"stts", (9).to_bytes(4) + (1).to_bytes(4)),
        counted(b"stsc", (1).to_bytes(4) + (9).to_bytes(4) + (1).to_bytes(4)),
        box(b"stsz", bytes(4) + (2).to_bytes(4) + (9).to_bytes(4)),
        counted(b"stco", (0).to_bytes(4)),
    )
    handler = box(b"hdlr", bytes(8) + b"soun" + bytes(13))
    media = box(b"minf", box(b"smhd", bytes(8)), box(b"dinf", counted(b"dref", link, url)), table)
    clock = bytes(12) + (48_000).to_bytes(4) + (9).to_bytes(4) + bytes(4)
    track = box(b"trak", box(b"tkhd", bytes(84)), box(b"mdia", box(b"mdhd", clock), handler, media))
    head = box(b"ftyp", b"qt  " + bytes(4) + b"qt  ")
    return head + box(b"moov", box(b"mvhd", bytes(100)), track) + box(b"mdat", bytes(64))
