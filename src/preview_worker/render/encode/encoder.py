"""From stills to a segment: what moves is encoded, what stands still is only counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame

from preview_worker.render.encode.bits import framed, split_units
from preview_worker.render.encode.codecs import FLAGS, RECIPES
from preview_worker.render.encode.colour import BT709, LIMITED, Converter
from preview_worker.render.encode.segment import Run, Segment
from preview_worker.render.model import Profile, Still
from preview_worker.render.settings import RenderSettings


class SegmentEncoder:
    """Encodes segments of one profile. Each has an encoder of its own, so none knows another."""

    def __init__(self, profile: Profile, settings: RenderSettings) -> None:
        """Prepare nothing yet: what converts colours is made when it is needed, and then kept."""
        self._profile = profile
        self._threads = settings.encoder_threads
        self._key_every = max(2, int(settings.keyframe_interval_s * profile.fps))

    @cached_property
    def _fine(self) -> Converter:
        return Converter(self._profile)

    @cached_property
    def _quick(self) -> Converter:
        return Converter(self._profile, quick=True)

    def encode(self, stills: Iterable[Still]) -> Segment:
        """Return a segment of all ``stills``, which follow each other without a gap."""
        film = _Film(open_video(self._profile, self._threads), self._profile)
        runs = tuple(self._runs(stills, film))
        return Segment(film.headers, runs)

    def _runs(self, stills: Iterable[Still], film: _Film) -> Iterator[Run]:
        since_key, held = 0, True
        for still in stills:
            # What is looked at for long is encoded well, which only key frames are; and after a
            # hold the encoder no longer knows how many pictures were shown.
            key = held or not still.moving or still.frames > 1 or since_key >= self._key_every
            picture = (self._fine if key else self._quick).convert(still.rgba)
            content = film.encode(picture, key=key)
            left = still.frames
            while left:
                # The very packet again: a key frame refers to nothing, so it may stand anywhere.
                shown = min(left, self._key_every)
                yield Run(content, key, shown - 1)
                since_key = shown if key else since_key + shown
                left -= shown
            held = still.frames > 1


class _Film:
    """The pictures of one segment on their way through an encoder."""

    def __init__(self, context: VideoCodecContext, profile: Profile) -> None:
        self._context = context
        self._profile = profile
        self._count = 0
        self.headers = bytes(context.extradata or b"")

    def encode(self, picture: VideoFrame, *, key: bool) -> bytes:
        """Return the picture as its container stores it."""
        picture.pts = self._count
        self._count += 1
        picture.time_base = 1 / self._profile.fps
        picture.pict_type = PictureType.I if key else PictureType.P
        packets = self._context.encode(picture)
        if len(packets) != 1 or packets[0].is_keyframe != key:
            message = f"the video encoder gave {len(packets)} packets for a picture, key: {key}"
            raise RuntimeError(message)
        content = bytes(packets[0])
        return framed(split_units(content)) if self._profile.container == "mp4" else content


def open_video(profile: Profile, threads: int) -> VideoCodecContext:
    """Return an open encoder for ``profile``; equal profiles give equal headers."""
    recipe = RECIPES[profile.container]
    context = CodecContext.create(recipe.video, "w")
    if not isinstance(context, VideoCodecContext):
        message = f"{recipe.video} is no video encoder"
        raise TypeError(message)
    prepare_video(context, profile)
    context.framerate = profile.fps
    context.time_base = 1 / profile.fps
    context.thread_count = threads
    context.options = dict(recipe.video_options)
    context.open()
    return context


def prepare_video(context: VideoCodecContext, profile: Profile) -> None:
    """Say what the pictures are like."""
    context.width, context.height = profile.width_px, profile.height_px
    context.pix_fmt = "yuv420p"
    context.colorspace = BT709
    context.color_primaries = BT709
    context.color_trc = BT709
    context.color_range = LIMITED
    context.flags |= FLAGS
