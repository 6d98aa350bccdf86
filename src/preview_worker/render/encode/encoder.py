"""The encoder: stills and samples in, one video file out, in lockstep so that little is held."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
from av.audio.stream import AudioStream
from av.video.frame import PictureType
from av.video.stream import VideoStream

from preview_worker.render.encode.codecs import RECIPES
from preview_worker.render.encode.colour import BT709, LIMITED, Converter
from preview_worker.render.encode.holding import Holder, ShownAgain, SkippedPictures
from preview_worker.render.encode.marks import Mark, hide_text_track, set_marks
from preview_worker.render.encode.sound import SampleSource, SoundEncoder
from preview_worker.render.model import Profile, Still
from preview_worker.render.settings import RenderSettings
from preview_worker.render.soundtrack import SAMPLE_RATE


class Encoder:
    """Writes one video file. Every still begins with a key frame and is held after it."""

    def __init__(
        self,
        path: Path,
        profile: Profile,
        settings: RenderSettings,
        sound: SampleSource | None = None,
        marks: Sequence[Mark] = (),
    ) -> None:
        """Open ``path`` for writing and set up both tracks; without ``sound`` one is silent."""
        self._path = path
        self._marks = marks
        self._profile = profile
        self._recipe = RECIPES[profile.container]
        self._key_every = max(1, int(settings.keyframe_interval_s * profile.fps))
        self._time_base = 1 / profile.fps
        self._file = av.open(
            str(path), "w", format=self._recipe.muxer, options=self._recipe.muxer_options
        )
        self._video = self._add_video(settings.encoder_threads)
        self._sound = SoundEncoder(self._file, self._add_audio(), self._recipe, sound)
        set_marks(self._file, marks, profile)
        self._converter = Converter(profile)
        self._holder: Holder | None = None

    def _add_video(self, threads: int) -> VideoStream:
        stream = self._file.add_stream(
            self._recipe.video, rate=self._profile.fps, options=self._recipe.video_options
        )
        if not isinstance(stream, VideoStream):
            message = f"{self._recipe.video} is no video encoder"
            raise TypeError(message)
        context = stream.codec_context
        context.width, context.height = self._profile.width_px, self._profile.height_px
        context.pix_fmt = "yuv420p"
        context.time_base = self._time_base
        context.thread_count = threads
        context.colorspace = BT709
        context.color_primaries = BT709
        context.color_trc = BT709
        context.color_range = LIMITED
        context.flags |= 1 << 23  # AV_CODEC_FLAG_BITEXACT
        stream.time_base = self._time_base
        return stream

    def _add_audio(self) -> AudioStream:
        stream = self._file.add_stream(
            self._recipe.audio, rate=SAMPLE_RATE, options=self._recipe.audio_options
        )
        if not isinstance(stream, AudioStream):
            message = f"{self._recipe.audio} is no audio encoder"
            raise TypeError(message)
        context = stream.codec_context
        context.layout = "stereo"
        context.format = self._recipe.audio_format
        context.bit_rate = self._recipe.audio_bits
        context.flags |= 1 << 23  # AV_CODEC_FLAG_BITEXACT
        stream.time_base = Fraction(1, SAMPLE_RATE)
        return stream

    def encode(self, still: Still) -> None:
        """Encode the still's picture once and write it for all its frames."""
        key = self._encoded(still)
        for distance in range(still.frames):
            since_key = distance % self._key_every
            frame = still.start_frame + distance
            if since_key == 0:
                # The very packet again: it refers to nothing, so it may stand anywhere.
                self._write(key, frame, key=True)
                self._sound.fill(self._samples_until(min(frame + self._key_every, still.end_frame)))
            else:
                self._write(self._held(since_key), frame, key=False)

    def _encoded(self, still: Still) -> bytes:
        picture = self._converter.convert(still.rgba)
        picture.pts = still.start_frame
        picture.time_base = self._time_base
        picture.pict_type = PictureType.I
        packets = self._video.encode(picture)
        if len(packets) != 1 or not packets[0].is_keyframe:
            message = f"the video encoder gave {len(packets)} packets for a key frame"
            raise RuntimeError(message)
        return bytes(packets[0])

    def _held(self, distance: int) -> bytes:
        if self._holder is None:
            if self._profile.container == "webm":
                self._holder = ShownAgain()
            else:
                self._holder = SkippedPictures.of(self._video.codec_context.extradata or b"")
        return self._holder.hold(distance)

    def _write(self, content: bytes, frame: int, *, key: bool) -> None:
        packet = av.Packet(content)
        packet.stream = self._video
        packet.time_base = self._time_base
        packet.pts = packet.dts = frame
        packet.duration = 1
        packet.is_keyframe = key
        self._file.mux(packet)

    def _samples_until(self, frame: int) -> int:
        return round(frame * SAMPLE_RATE / self._profile.fps)

    def finish(self) -> None:
        """Write what the audio encoder still holds, and close the file."""
        self._sound.finish()
        self._file.close()
        if self._marks and self._profile.container == "mp4":
            hide_text_track(self._path)

    def __enter__(self) -> Self:
        """Return the encoder itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the file, or only close it when something went wrong."""
        if error is None:
            self.finish()
        else:
            self._file.close()
