"""What the finished file really is, as FFmpeg sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.video.stream import VideoStream

from preview_worker.contract import ErrorCode, MediaFacts, PreviewError
from preview_worker.render.intake import open_own
from preview_worker.render.model import Timeline

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

_CODECS = {"mp4": ("h264", "aac"), "webm": ("vp9", "opus")}


@dataclass(slots=True)
class _Counts:
    """What the file's index, or where there is none its packets, told."""

    frames: int = 0
    keys: set[int] = field(default_factory=set)
    audio_end_s: Fraction = Fraction(0)


def probe(path: Path, timeline: Timeline) -> MediaFacts:
    """Open ``path`` as a stranger would and return what it holds.

    That the pictures decode is seen to where they are encoded. Raises ``PreviewError`` (RENDER)
    when the file is not what ``timeline`` promised.
    """
    container = timeline.profile.container
    with open_own(path, container) as file:
        if len(file.streams.video) != 1 or len(file.streams.audio) != 1:
            found = f"{len(file.streams)} streams"
            raise _surprise(wanted="one video and one audio stream", found=found)
        video, audio = file.streams.video[0], file.streams.audio[0]
        indexed = container == "mp4"
        counts = _listed(video, audio, timeline) if indexed else _read(file, timeline)
        names = (_plain(video.codec_context.name), _plain(audio.codec_context.name))
        duration = _duration(file, video)
        facts = MediaFacts(
            container=container,
            width_px=video.codec_context.width,
            height_px=video.codec_context.height,
            fps=timeline.profile.rate,
            frames=counts.frames,
            duration_s=round(float(duration), 6),
            video_codec=names[0],
            audio_codec=names[1],
            silent=True,
        )
    _compare(facts, duration, counts, timeline)
    return facts


def _plain(codec: str) -> str:
    return codec.removeprefix("lib").replace("vpx-vp9", "vp9")


def _duration(file: InputContainer, video: VideoStream) -> Fraction:
    if video.duration is not None and video.time_base is not None:
        return video.duration * video.time_base
    return Fraction(file.duration or 0, av.time_base)


def _listed(video: VideoStream, audio: AudioStream, timeline: Timeline) -> _Counts:
    """Read the index that an MP4 file begins with; its samples need not be read."""
    counts = _Counts(len(video.index_entries))
    time_base, fps = video.time_base or Fraction(1), timeline.profile.fps
    for scene in timeline.scenes:
        entry = video.index_entries[min(scene.start_frame, counts.frames - 1)]
        frame = round(entry.timestamp * time_base * fps)
        if entry.is_keyframe:
            counts.keys.add(frame)
    counts.audio_end_s = (audio.duration or 0) * (audio.time_base or Fraction(1))
    return counts


def _read(file: InputContainer, timeline: Timeline) -> _Counts:
    """Read every packet."""
    counts, fps = _Counts(), timeline.profile.fps
    for packet in file.demux():
        if packet.pts is None or packet.time_base is None:
            continue
        if isinstance(packet.stream, VideoStream):
            frame = round(packet.pts * packet.time_base * fps)
            if frame != counts.frames:
                wanted, found = f"frame {counts.frames}", f"a packet for frame {frame}"
                raise _surprise(wanted, found)
            if packet.is_keyframe:
                counts.keys.add(frame)
            counts.frames += 1
        else:
            counts.audio_end_s = (packet.pts + (packet.duration or 0)) * packet.time_base
    return counts


def _compare(facts: MediaFacts, duration: Fraction, counts: _Counts, timeline: Timeline) -> None:
    profile = timeline.profile
    promised = profile.seconds(timeline.frames)
    frame_s = profile.seconds(1)
    codecs = (facts.video_codec, facts.audio_codec)
    unkeyed = [one.start_frame for one in timeline.scenes if one.start_frame not in counts.keys]
    checks = (
        (facts.frames == timeline.frames, f"{timeline.frames} frames", str(facts.frames)),
        (
            (facts.width_px, facts.height_px) == (profile.width_px, profile.height_px),
            f"{profile.width_px}x{profile.height_px}",
            f"{facts.width_px}x{facts.height_px}",
        ),
        (codecs == _CODECS[profile.container], str(_CODECS[profile.container]), str(codecs)),
        (abs(duration - promised) <= frame_s, f"{float(promised)} s", f"{float(duration)} s"),
        (
            abs(counts.audio_end_s - promised) <= frame_s,
            f"{float(promised)} s of audio",
            f"{float(counts.audio_end_s)} s",
        ),
        (not unkeyed, "a key frame where each scene begins", f"none at frames {unkeyed[:5]}"),
    )
    for holds, wanted, found in checks:
        if not holds:
            raise _surprise(wanted, found)


def _surprise(wanted: str, found: str) -> PreviewError:
    message = f"The finished video is not what was planned: {wanted} expected, {found} found."
    return PreviewError(ErrorCode.RENDER, message)
