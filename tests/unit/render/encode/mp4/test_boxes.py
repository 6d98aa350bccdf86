"""Boxes are what ISO/IEC 14496-12 says, read by somebody who knows nothing of the writer."""

from __future__ import annotations

import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_worker.render.encode.bits import START_CODE
from preview_worker.render.encode.mp4.boxes import (
    MOVIE_SCALE,
    aac_entry,
    avc_entry,
    box,
    chapter_list,
    edit,
    full,
    movie_header,
    ticks_a_frame,
    track_header,
)
from preview_worker.render.model import Profile
from tests.unit.render.encode.mp4.atoms import Atom, read_atoms

RATES = [
    Fraction(30),
    Fraction(25),
    Fraction(24),
    Fraction(1),
    Fraction(30000, 1001),
    Fraction(24000, 1001),
    Fraction(60000, 1001),
    Fraction(2997, 100),
    Fraction(25, 2),
]
THREE_HOURS_S = Fraction(3 * 3600)


def _only(content: bytes) -> Atom:
    (atom,) = read_atoms(content)
    return atom


@given(st.lists(st.binary(max_size=30), max_size=4))
def test_a_box_is_as_long_as_it_says(parts: list[bytes]) -> None:
    """Its head of eight bytes included."""
    content = box(b"free", *parts)

    assert struct.unpack_from(">I4s", content) == (len(content), b"free")
    assert content[8:] == b"".join(parts)


def test_a_full_box_begins_with_its_version_and_flags() -> None:
    """One byte and three."""
    assert full(b"tkhd", 1, 7, b"x")[8:] == b"\1\0\0\7x"


@pytest.mark.parametrize("fps", RATES, ids=str)
def test_a_frame_is_a_whole_number_of_ticks(fps: Fraction) -> None:
    """Exactly, fine enough for players that count in milliseconds, and never too fine."""
    scale, ticks = ticks_a_frame(fps)

    assert Fraction(scale, ticks) == fps
    assert scale >= 10_000
    assert THREE_HOURS_S * scale < 2**32


@pytest.mark.parametrize("duration_s", [Fraction(0), Fraction(1001, 30000), THREE_HOURS_S])
def test_durations_fit_their_fields(duration_s: Fraction) -> None:
    """From one frame to the longest preview."""
    ticks = round(duration_s * MOVIE_SCALE)

    assert _only(movie_header(duration_s)).numbers("II", 12) == (MOVIE_SCALE, ticks)
    assert _only(track_header(1, duration_s, (4, 2))).numbers("I", 20) == (ticks,)
    assert _only(edit(duration_s, 5)).find("elst").rows("IiI") == [(ticks, 5, 0x10000)]


def test_a_track_header_tells_pictures_from_sound() -> None:
    """By size and volume; each of both is an alternative to none."""
    pictures = _only(track_header(1, Fraction(1), (1920, 1080)))
    sound = _only(track_header(2, Fraction(1), (0, 0)))

    assert pictures.numbers("II", 76) == (1920 << 16, 1080 << 16)
    assert (pictures.numbers("H", 36), sound.numbers("H", 36)) == ((0,), (0x100,))
    assert pictures.numbers("H", 34) != sound.numbers("H", 34)
    assert len(pictures.content) == len(sound.content) == 84


def test_h264_is_described_by_its_parameter_sets() -> None:
    """Whole, behind their lengths, with the colours and the shape of pixels."""
    sps, pps = b"\x67\x42\xc0\x1f\xde\xad", b"\x68\xce\x01"
    profile = Profile(854, 480, Fraction(30), "mp4")
    entry = _only(avc_entry(profile, START_CODE + sps + START_CODE + pps))
    (avc1,) = read_atoms(entry.content[8:])
    inner = {atom.kind: atom.content for atom in read_atoms(avc1.content[78:])}

    assert avc1.kind == "avc1"
    assert avc1.numbers("HH", 24) == (854, 480)
    assert inner["avcC"] == b"\1\x42\xc0\x1f\xff\xe1\0\6" + sps + b"\1\0\3" + pps
    assert inner["colr"] == b"nclx" + struct.pack(">HHHB", 1, 1, 1, 0)
    assert inner["pasp"] == struct.pack(">II", 1, 1)


def test_aac_is_described_by_its_configuration() -> None:
    """Nested descriptors of MPEG-4, each as long as it says."""
    entry = _only(aac_entry(b"\x11\x90\x56\xe5\0", 192_000))
    (mp4a,) = read_atoms(entry.content[8:])
    (esds,) = read_atoms(mp4a.content[28:])

    assert mp4a.numbers("HH", 16) == (2, 16)
    assert mp4a.numbers("I", 24) == (48_000 << 16,)
    stream = _descriptor(esds.content[4:], 3)
    decoder = _descriptor(stream[3:], 4)
    assert decoder[0] == 0x40
    assert _descriptor(decoder[13:], 5) == b"\x11\x90\x56\xe5\0"


def _descriptor(content: bytes, tag: int) -> bytes:
    """Return what is in the descriptor that ``content`` begins with (14496-1, 8.3.3)."""
    assert content[0] == tag
    size, position = 0, 1
    while True:
        byte = content[position]
        size, position = size << 7 | byte & 0x7F, position + 1
        if byte < 0x80:
            return content[position : position + size]


def _chapters(content: bytes) -> list[tuple[int, bytes]]:
    atom = _only(content).find("chpl")
    (count,) = atom.numbers("I", 5)
    found, position = [], 9
    for _ in range(count):
        start, size = atom.numbers("QB", position)
        found.append((start, atom.content[position + 9 : position + 9 + size]))
        position += 9 + size
    assert position == len(atom.content)
    return found


def test_chapters_have_a_title_and_a_start() -> None:
    """In tenths of a microsecond."""
    marks = [("Set up", Fraction(0)), ("Würfeln 🎲", Fraction(1001, 30000))]

    assert _chapters(chapter_list(marks)) == [
        (0, b"Set up"),
        (333_667, "Würfeln 🎲".encode()),
    ]


def test_no_more_chapters_are_told_than_can_be_counted() -> None:
    """The first 255 of them."""
    marks = [(f"Step {n}", Fraction(n)) for n in range(300)]
    found = _chapters(chapter_list(marks))

    assert len(found) == 255
    assert found[-1] == (254 * 10_000_000, b"Step 254")


@given(st.text(alphabet="aé🎲👨‍👩‍👧", min_size=60, max_size=300))
def test_a_long_title_is_cut_between_letters(title: str) -> None:
    """To what one byte can count, never in the middle of a letter's bytes."""
    ((_, name),) = _chapters(chapter_list([(title, Fraction(0))]))

    assert title.startswith(name.decode())
    assert len(name) == len(title.encode()) or 251 < len(name) <= 255
