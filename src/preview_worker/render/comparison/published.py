"""A version that was published: its video is decoded, its captions are read."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from preview_worker.contract import SceneFacts
from preview_worker.render.comparison.hearing import Hearing, hear, silence
from preview_worker.render.comparison.version import Sight, Version, VersionScene
from preview_worker.render.intake import open_own

_CUE = re.compile(r"(\d+):(\d\d):(\d\d)\.(\d{3}) --> .*\n((?:.+\n?)+)")


class UnreadableVideoError(Exception):
    """A published video cannot be decoded."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What the documents of a published preview say of it."""

    title: str
    width_px: int
    height_px: int
    fps: Fraction
    scenes: tuple[SceneFacts, ...]
    silent: bool
    video: Path
    captions: Path | None
    """The WebVTT file; None where the preview has none."""
    written: dict[str, str]
    """The words on scenes by their ids, where a document has kept them."""


def open_version(label: str, publication: Publication) -> Version:
    """Return ``publication`` as a version; ``label`` names it to people.

    Looking and listening raise ``UnreadableVideoError`` when the video is broken.
    """
    video = publication.video
    return Version(
        label,
        publication.title,
        publication.width_px,
        publication.height_px,
        publication.fps,
        tuple(_scenes(publication)),
        lambda frames: _look(video, publication.fps, frames),
        lambda: silence() if publication.silent else _listen(video),
    )


def _scenes(publication: Publication) -> Iterator[VersionScene]:
    fps = publication.fps
    cues = None if publication.captions is None else list(read_cues(publication.captions))
    for scene in publication.scenes:
        said = None
        if cues is not None:
            start, end = scene.start_frame / fps, (scene.start_frame + scene.frames) / fps
            # Times are rounded to a millisecond, and cues begin with their scenes.
            slack = Fraction(1, 1000)
            said = " ".join(text for at, text in cues if start - slack <= at < end - slack)
        yield VersionScene(
            scene.id,
            scene.title,
            scene.start_frame,
            scene.frames,
            said,
            publication.written.get(scene.id),
        )


def read_cues(path: Path) -> Iterator[tuple[Fraction, str]]:
    """Yield when every cue of a WebVTT file begins, in seconds, and its words on one line."""
    for hours, minutes, seconds, ms, text in _CUE.findall(path.read_text(encoding="utf-8")):
        whole_s = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
        yield whole_s + Fraction(int(ms), 1000), html.unescape(" ".join(text.split()))


def _look(video: Path, fps: Fraction, frames: Collection[int]) -> dict[int, Sight]:
    wanted = set(frames)
    seen: dict[int, Sight] = {}
    try:
        with open_own(video, video.suffix[1:]) as file:
            for picture in file.decode(video=0):
                number = round((picture.pts or 0) * (picture.time_base or Fraction(0)) * fps)
                if number in wanted:
                    seen[number] = Sight.of(picture)
                if len(seen) == len(wanted):
                    break
    except (av.error.FFmpegError, OSError) as error:
        raise UnreadableVideoError(video.name) from error
    return seen


def _listen(video: Path) -> Hearing:
    try:
        with open_own(video, video.suffix[1:]) as file:
            return hear(file.decode(audio=0))
    except (av.error.FFmpegError, OSError) as error:
        raise UnreadableVideoError(video.name) from error
