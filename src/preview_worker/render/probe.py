"""What the finished file really is: every packet read, each scene's first picture decoded."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.video.stream import VideoStream

from preview_worker.contract import ErrorCode, MediaFacts, PreviewError
from preview_worker.render.model import Timeline

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.stream import Stream

_DEMUXERS = {"mp4": "mov", "webm": "matroska"}
_CODECS = {"mp4": ("h264", "aac"), "webm": ("vp9", "opus")}


@dataclass(slots=True)
class _Counts:
    """What the packets told."""

    frames: int = 0
    audio_packets: int = 0
    audio_end_s: Fraction = Fraction(0)


def probe(path: Path, timeline: Timeline) -> MediaFacts:
    """Read ``path`` as a stranger would and return what it holds.

    Raises ``PreviewError`` (RENDER) when it is not what ``timeline`` promised.
    """
    container = timeline.profile.container
    options = {"format_whitelist": _DEMUXERS[container], "protocol_whitelist": "file"}
    with av.open(str(path), format=container, options=options) as file:
        if len(file.streams.video) != 1 or len(file.streams.audio) != 1:
            found = f"{len(file.streams)} streams"
            raise _surprise(wanted="one video and one audio stream", found=found)
        video, audio = file.streams.video[0], file.streams.audio[0]
        video.codec_context.thread_count = 1  # one picture a scene is no work for a pool
        counts = _read(file, timeline)
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


def _read(file: InputContainer, timeline: Timeline) -> _Counts:
    starts = {scene.start_frame for scene in timeline.scenes}
    profile = timeline.profile
    counts = _Counts()
    for packet in file.demux():
        if packet.pts is None or packet.time_base is None:
            continue
        if isinstance(packet.stream, VideoStream):
            frame = round(packet.pts * packet.time_base * profile.fps)
            _check_picture(packet, packet.stream, frame, counts.frames, key=frame in starts)
            counts.frames += 1
        else:
            counts.audio_packets += 1
            counts.audio_end_s = (packet.pts + (packet.duration or 0)) * packet.time_base
    return counts


def _check_picture(
    packet: av.Packet[Stream], stream: VideoStream, frame: int, due: int, *, key: bool
) -> None:
    if frame != due:
        wanted, found = f"frame {due}", f"a packet for frame {frame}"
        raise _surprise(wanted, found)
    if key and not (packet.is_keyframe and _decodes(packet, stream)):
        wanted = f"a key frame at frame {frame}"
        raise _surprise(wanted, "none that decodes")


def _decodes(packet: av.Packet[Stream], stream: VideoStream) -> bool:
    context = stream.codec_context
    context.flush_buffers()
    pictures = [*context.decode(packet), *context.decode(None)]
    context.flush_buffers()
    return len(pictures) == 1


def _compare(facts: MediaFacts, duration: Fraction, counts: _Counts, timeline: Timeline) -> None:
    profile = timeline.profile
    promised = profile.seconds(timeline.frames)
    frame_s = profile.seconds(1)
    codecs = (facts.video_codec, facts.audio_codec)
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
    )
    for holds, wanted, found in checks:
        if not holds:
            raise _surprise(wanted, found)


def _surprise(wanted: str, found: str) -> PreviewError:
    message = f"The finished video is not what was planned: {wanted} expected, {found} found."
    return PreviewError(ErrorCode.RENDER, message)
