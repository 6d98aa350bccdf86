"""Proof that an encoded segment is what it should be, by decoding its beginning."""

from __future__ import annotations

import av
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.encode.bits import START_CODE, unframed
from preview_worker.render.encode.segment import Segment
from preview_worker.render.model import Profile


def check_segment(segment: Segment, profile: Profile, frames: int) -> None:
    """See that ``segment`` lasts ``frames`` and that its first picture decodes to the right size.

    Raises ``PreviewError`` (RENDER) when it does not.
    """
    wanted = (profile.width_px, profile.height_px)
    sizes = _first_sizes(segment, profile)
    if segment.frames == frames and sizes == [wanted]:
        return
    message = (
        f"An encoded scene is not what was planned: {frames} frames of {wanted} expected, "
        f"{segment.frames} found, of which the first decodes to {sizes}."
    )
    raise PreviewError(ErrorCode.RENDER, message)


def _first_sizes(segment: Segment, profile: Profile) -> list[tuple[int, int]]:
    content = segment.runs[0].content
    context = CodecContext.create("h264" if profile.container == "mp4" else "vp9", "r")
    if not isinstance(context, VideoCodecContext):
        return []
    context.thread_count = 1  # one picture is no work for a pool
    if profile.container == "mp4":
        context.extradata = segment.headers
        content = b"".join(START_CODE + unit for unit in unframed(content))
    try:
        pictures = [*context.decode(av.Packet(content)), *context.decode(None)]
    except av.error.FFmpegError:
        return []
    return [(picture.width, picture.height) for picture in pictures]
