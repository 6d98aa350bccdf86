"""The streams of a media file in the words of ffprobe's JSON, without ffprobe.

What is told is what ``ffprobe -show_format -show_streams -of json`` tells of our own files, key by
key. Two keys of it stand in no library: ``refs``, and ``probe_score``, which is about guessing.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
from av.audio.stream import AudioStream
from av.stream import Disposition
from av.video.stream import VideoStream

from preview_worker.render.intake import open_own

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.stream import Stream

Json = dict[str, Any]

_RANGES = {1: "tv", 2: "pc"}
_BT709 = {1: "bt709"}
_FIELD_ORDERS = {1: "progressive"}
_FORMATS = {
    "mov": ("mov,mp4,m4a,3gp,3g2,mj2", "QuickTime / MOV"),
    "matroska": ("matroska,webm", "Matroska / WebM"),
}
"""All that the demuxers are called, which we ask for by their first names."""
_LENGTH_SIZE = 4
"""Where an avcC record tells, in two bits and less one, how many bytes the length of a unit has."""


def describe_media(path: Path) -> Json:
    """Return ``{streams, format}`` of a media file."""
    with open_own(path, path.suffix[1:]) as file:
        return {
            "streams": [_stream(stream) for stream in file.streams],
            "format": _format(file, path),
        }


def ffmpeg_version() -> str:
    """Return the version of the FFmpeg libraries that made the files."""
    return str(av.ffmpeg_version_info)


def _stream(stream: Stream) -> Json:
    described: Json = {"index": stream.index, **_codec(stream)}
    if isinstance(stream, VideoStream):
        described |= _picture(stream)
    elif isinstance(stream, AudioStream):
        described |= _sound(stream)
    described |= _clock(stream)
    return described | {
        "disposition": {
            str(one.name): int(one in stream.disposition) for one in Disposition if one.value
        },
        "tags": dict(stream.metadata),
    }


def _codec(stream: Stream) -> Json:
    if not isinstance(stream, VideoStream | AudioStream):
        return {"codec_type": stream.type}
    context = stream.codec_context
    tag = str(context.codec_tag)
    described = {
        "codec_name": context.codec.canonical_name,
        "codec_long_name": context.codec.long_name,
        "profile": stream.profile,
        "codec_type": stream.type,
        "codec_tag_string": tag.replace("\0", "[0]"),
        "codec_tag": f"0x{int.from_bytes(tag.encode('latin-1'), 'little'):04x}",
    }
    return {name: value for name, value in described.items() if value is not None}


def _picture(stream: VideoStream) -> Json:
    context = stream.codec_context
    described: Json = {
        "width": context.width,
        "height": context.height,
        "coded_width": context.coded_width or context.width,
        "coded_height": context.coded_height or context.height,
        "closed_captions": 0,
        "film_grain": 0,
        "has_b_frames": int(context.has_b_frames),
        **_aspect(stream),
        "pix_fmt": context.pix_fmt,
        "level": context.level,
        "color_range": _RANGES.get(int(context.color_range or 0)),
        "color_space": _BT709.get(int(context.colorspace or 0)),
        "color_transfer": _BT709.get(int(context.color_trc or 0)),
        "color_primaries": _BT709.get(int(context.color_primaries or 0)),
        "field_order": _FIELD_ORDERS.get(int(context.field_order or 0)),
    }
    if context.name == "h264":
        described |= _h264(context.extradata or b"")
    return {name: value for name, value in described.items() if value is not None}


def _aspect(stream: VideoStream) -> Json:
    sample = stream.codec_context.sample_aspect_ratio or stream.sample_aspect_ratio
    if not sample:
        return {}
    display = sample * Fraction(stream.codec_context.width, stream.codec_context.height)
    return {
        "sample_aspect_ratio": f"{sample.numerator}:{sample.denominator}",
        "display_aspect_ratio": f"{display.numerator}:{display.denominator}",
    }


def _h264(record: bytes) -> Json:
    """Tell what the avcC record says, and what H.264 is without words to the contrary."""
    framed = record[:1] == b"\x01" and len(record) > _LENGTH_SIZE
    return {
        "chroma_location": "left",
        "is_avc": "true" if framed else "false",
        "nal_length_size": str((record[_LENGTH_SIZE] & 3) + 1 if framed else 0),
        "bits_per_raw_sample": "8",
    }


def _sound(stream: AudioStream) -> Json:
    context = stream.codec_context
    return {
        "sample_fmt": context.format.name,
        "sample_rate": str(context.sample_rate),
        "channels": context.layout.nb_channels,
        "channel_layout": context.layout.name,
        "bits_per_sample": 0,
    }


def _clock(stream: Stream) -> Json:
    base = stream.time_base or Fraction(0)
    rates = ("0/0", "0/0")
    if isinstance(stream, VideoStream):
        rates = (_ratio(stream.base_rate), _ratio(stream.average_rate))
    coded = isinstance(stream, VideoStream | AudioStream)
    bit_rate = stream.codec_context.bit_rate if coded else None
    extradata_size = stream.codec_context.extradata_size if coded else None
    described: Json = {
        "id": f"0x{stream.id:x}" if stream.id else None,
        "r_frame_rate": rates[0],
        "avg_frame_rate": rates[1],
        "time_base": _ratio(base),
        "start_pts": stream.start_time,
        "start_time": _seconds(stream.start_time, base),
        "duration_ts": stream.duration,
        "duration": _seconds(stream.duration, base),
        "bit_rate": str(bit_rate) if bit_rate else None,
        "nb_frames": str(stream.frames) if stream.frames else None,
        "extradata_size": extradata_size or None,
    }
    return {name: value for name, value in described.items() if value is not None}


def _format(file: InputContainer, path: Path) -> Json:
    base = Fraction(1, av.time_base)
    names, long_name = _FORMATS[file.format.name]
    return {
        "filename": path.name,
        "nb_streams": len(file.streams),
        "nb_programs": 0,
        "format_name": names,
        "format_long_name": long_name,
        "start_time": _seconds(file.start_time, base),
        "duration": _seconds(file.duration, base),
        "size": str(file.size),
        "bit_rate": str(file.bit_rate),
        "tags": dict(file.metadata),
    }


def _ratio(value: Fraction | None) -> str:
    return f"{value.numerator}/{value.denominator}" if value else "0/0"


def _seconds(ticks: int | None, base: Fraction) -> str | None:
    return None if ticks is None else f"{float(ticks * base):.6f}"
