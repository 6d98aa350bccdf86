"""A WebM file, which FFmpeg's muxer writes packet by packet."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from preview_worker.render.encode.codecs import RECIPES
from preview_worker.render.encode.encoder import prepare_video
from preview_worker.render.encode.mark import Mark
from preview_worker.render.encode.segment import Segment
from preview_worker.render.encode.sequence import Sequence as Pictures
from preview_worker.render.encode.sound import SoundPackets, prepare_audio
from preview_worker.render.model import Profile
from preview_worker.render.soundtrack import SAMPLE_RATE, samples_at

_OPTIONS = {"fflags": "+bitexact", "protocol_whitelist": "file"}


class WebmFile:
    """Writes one WebM file as its segments come. Its encoders only say what the tracks are like."""

    def __init__(
        self, path: Path, profile: Profile, sound: SoundPackets, marks: Sequence[Mark] = ()
    ) -> None:
        """Open ``path`` for writing."""
        self._profile = profile
        self._sound = sound
        self._sounded = 0
        self._pictures = Pictures("webm")
        self._file = av.open(f"file:{path}", "w", format="webm", options=_OPTIONS)
        self._video, self._audio = self._add_streams()
        self._file.set_chapters(
            [
                {
                    "id": number,
                    "start": mark.start_frame,
                    "end": mark.end_frame,
                    "time_base": 1 / profile.fps,
                    "metadata": {"title": mark.title},
                }
                for number, mark in enumerate(marks, start=1)
            ]
        )

    def _add_streams(self) -> tuple[VideoStream, AudioStream]:
        recipe, fps = RECIPES["webm"], self._profile.fps
        video = self._file.add_stream(recipe.video, rate=fps, options=recipe.video_options)
        audio = self._file.add_stream(recipe.audio, rate=SAMPLE_RATE, options=recipe.audio_options)
        if not isinstance(video, VideoStream) or not isinstance(audio, AudioStream):
            message = f"{recipe.video} or {recipe.audio} is no encoder of its kind"
            raise TypeError(message)
        prepare_video(video.codec_context, self._profile)
        prepare_audio(audio.codec_context, recipe)
        video.time_base = 1 / fps
        audio.time_base = Fraction(1, SAMPLE_RATE)
        return video, audio

    def add(self, segment: Segment) -> None:
        """Write the next segment, and the sound that belongs to it."""
        for frame, sample in enumerate(self._pictures.samples(segment), self._pictures.frames):
            self._add_sound(self._sound.until(samples_at(frame + 1, self._profile.fps)))
            packet = av.Packet(sample.content)
            packet.stream = self._video
            packet.time_base = 1 / self._profile.fps
            packet.pts = packet.dts = frame
            packet.duration = 1
            packet.is_keyframe = sample.key
            self._file.mux(packet)

    def _add_sound(self, count: int) -> None:
        while self._sounded < count:
            packet = av.Packet(bytes(self._sound.packets[self._sounded]))
            packet.stream = self._audio
            packet.time_base = Fraction(1, SAMPLE_RATE)
            packet.pts = packet.dts = self._sound.start(self._sounded)
            packet.duration = self._sound.lasting(self._sounded)
            packet.is_keyframe = True
            self._file.mux(packet)
            self._sounded += 1

    def finish(self) -> None:
        """Write the rest of the sound, and the index."""
        self._add_sound(len(self._sound.packets))
        self._file.close()

    def __enter__(self) -> Self:
        """Return the file itself."""
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
