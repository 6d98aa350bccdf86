"""Fragmented MP4 (ISO/IEC 14496-12, 8.8): a beginning, then pieces that are played as they come."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from preview_worker.render.encode.codecs import RECIPES
from preview_worker.render.encode.mp4.boxes import (
    AUDIO_ID,
    VIDEO_ID,
    aac_entry,
    avc_entry,
    box,
    file_type,
    full,
    media,
    movie_header,
    numbers,
    ticks_a_frame,
    track_header,
)
from preview_worker.render.encode.mp4.tables import SampleTables
from preview_worker.render.encode.sequence import Sample
from preview_worker.render.encode.sound import SoundPackets
from preview_worker.render.model import Profile
from preview_worker.render.soundtrack import SAMPLE_RATE

_BRANDS = (b"iso6", b"isom", b"avc1", b"mp41")
_KEY = 0x02000000
"""Flags of a sample that depends on no other (8.8.3.1)."""
_BETWEEN = 0x01010000
"""Flags of a sample that depends on others, and is no sync sample."""
_DEFAULT_BASE_IS_MOOF = 0x020000


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one fragment holds: samples from frame ``start_frame`` on, and packets of sound."""

    start_frame: int
    samples: Sequence[Sample]
    first_packet: int
    packets: Sequence[bytes | memoryview]


def beginning(profile: Profile, headers: bytes, sound: SoundPackets) -> bytes:
    """Return the initialization segment. ``headers`` are the parameter sets of the pictures."""
    scale, a_frame = ticks_a_frame(profile.fps)
    empty, none = SampleTables(), Fraction(0)
    pictures = box(
        b"trak",
        track_header(VIDEO_ID, none, (profile.width_px, profile.height_px)),
        media(b"vide", (scale, 0), empty.boxes(avc_entry(profile, headers), [], 0)),
    )
    entry = aac_entry(sound.headers, RECIPES["mp4"].audio_bits)
    heard = box(
        b"trak",
        track_header(AUDIO_ID, none, (0, 0)),
        media(b"soun", (SAMPLE_RATE, 0), empty.boxes(entry, [], 0)),
    )
    extends = box(
        b"mvex",
        full(b"trex", 0, 0, numbers(VIDEO_ID, 1, a_frame, 0, _BETWEEN)),
        full(b"trex", 0, 0, numbers(AUDIO_ID, 1, sound.packet_samples, 0, _KEY)),
    )
    return file_type(*_BRANDS) + box(b"moov", movie_header(none), pictures, heard, extends)


def fragment(number: int, profile: Profile, stretch: Stretch, sound: SoundPackets) -> bytes:
    """Return media segment ``number`` (from 1).

    Sound is told from the first sample that is heard on: the packets that prime a decoder are left
    out of the first fragment, so that no player has to know of them.
    """
    _, a_frame = ticks_a_frame(profile.fps)
    pictures = [sample.content for sample in stretch.samples]
    picture_rows = b"".join(
        numbers(len(sample.content), _KEY if sample.key else _BETWEEN) for sample in stretch.samples
    )
    heard = sound.start(stretch.first_packet)
    durations = (
        sound.lasting(stretch.first_packet + index) for index in range(len(stretch.packets))
    )
    sound_rows = b"".join(
        numbers(lasting, len(packet))
        for lasting, packet in zip(durations, stretch.packets, strict=True)
    )
    picture_bytes = sum(map(len, pictures))

    def moof(after: int) -> bytes:
        """Return ``moof`` with the samples' data beginning ``after`` bytes from its start."""
        tracks = [
            _track(
                VIDEO_ID, stretch.start_frame * a_frame, (0x601, len(pictures)), after, picture_rows
            )
        ]
        if stretch.packets:
            run = (0x301, len(stretch.packets))
            tracks.append(_track(AUDIO_ID, heard, run, after + picture_bytes, sound_rows))
        return box(b"moof", full(b"mfhd", 0, 0, numbers(number)), *tracks)

    head = moof(len(moof(0)) + 8)
    return head + box(b"mdat", *pictures, *map(bytes, stretch.packets))


def _track(track: int, time: int, run: tuple[int, int], after: int, rows: bytes) -> bytes:
    """Return ``traf``; ``run`` is the flags that say what a row holds, and the number of rows."""
    flags, count = run
    return box(
        b"traf",
        full(b"tfhd", 0, _DEFAULT_BASE_IS_MOOF, numbers(track)),
        full(b"tfdt", 1, 0, struct.pack(">Q", time)),
        full(b"trun", 0, flags, numbers(count, after), rows),
    )
