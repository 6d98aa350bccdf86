"""A preview that plays while it is rendered: an HLS playlist of type EVENT (RFC 8216) that grows.

At every moment the playlist names only pieces that are whole: a piece is written before it is
named, and the playlist is replaced in one step.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from preview_worker.render.encode.mp4.fragments import Stretch, beginning, fragment
from preview_worker.render.encode.segment import Segment
from preview_worker.render.encode.sequence import Sample, Sequence
from preview_worker.render.encode.sound import SoundPackets
from preview_worker.render.model import Profile
from preview_worker.render.soundtrack import samples_at

PLAYLIST = "index.m3u8"
BEGINNING = "init.mp4"
_FOR_EVERYBODY = 0o644
LEAST_S = 1
"""Pieces are cut at key frames, but no scene is cut into shorter ones."""


class LivePlaylist:
    """Writes the pieces of one preview into a folder, and the playlist that names them."""

    def __init__(
        self, folder: Path, profile: Profile, sound: SoundPackets, keyframe_interval_s: int
    ) -> None:
        """Write into ``folder``, which exists; it holds nothing before the first segment."""
        self._folder = folder
        self._profile = profile
        self._sound = sound
        self._target_s = LEAST_S + keyframe_interval_s
        self._pictures = Sequence("mp4")
        self._first_packet = sound.until(0)
        self._named: list[tuple[str, Fraction]] = []
        self._frame = 0
        self._pending: list[Sample] = []

    def add(self, segment: Segment) -> None:
        """Write the next segment, and name it."""
        if not self._named:
            self._write(BEGINNING, beginning(self._profile, segment.headers, self._sound))
        for sample in self._pictures.samples(segment):
            if sample.key and len(self._pending) >= LEAST_S * self._profile.fps:
                self._cut()
            self._pending.append(sample)
        self._cut()
        self._tell(ended=False)

    def _cut(self) -> None:
        """Make a piece of the pictures that wait, with the sound that belongs to them."""
        if not self._pending:
            return
        number = len(self._named) + 1
        end = self._frame + len(self._pending)
        stop = self._sound.until(samples_at(end, self._profile.fps))
        packets = self._sound.packets[self._first_packet : stop]
        stretch = Stretch(self._frame, self._pending, self._first_packet, packets)
        name = f"{number:05}.m4s"
        self._write(name, fragment(number, self._profile, stretch, self._sound))
        self._named.append((name, self._profile.seconds(len(self._pending))))
        self._frame, self._first_packet, self._pending = end, stop, []

    def finish(self) -> None:
        """Say that nothing will come any more."""
        self._tell(ended=True)

    def _tell(self, *, ended: bool) -> None:
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:7",
            f"#EXT-X-TARGETDURATION:{self._target_s}",
            "#EXT-X-PLAYLIST-TYPE:EVENT",
            "#EXT-X-INDEPENDENT-SEGMENTS",
            f'#EXT-X-MAP:URI="{BEGINNING}"',
        ]
        for name, seconds in self._named:
            lines += [f"#EXTINF:{float(seconds):.6f},", name]
        if ended:
            lines.append("#EXT-X-ENDLIST")
        self._write(PLAYLIST, "".join(f"{line}\n" for line in lines).encode())

    def _write(self, name: str, content: bytes) -> None:
        """Write a file that is whole or absent, whoever looks and whenever."""
        path = self._folder / name
        written = path.with_name(f".{name}")
        written.write_bytes(content)
        written.chmod(_FOR_EVERYBODY)  # whatever the umask: whoever serves it need not be us
        written.replace(path)
