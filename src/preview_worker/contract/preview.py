"""What a rendered preview is, told without pixels: the value that render hands to artifacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from preview_worker.contract.quality import Quality

FileKind = Literal[
    "video",
    "poster",
    "thumbnail",
    "captions",
    "chapters",
    "contact-sheet",
    "still",
    "plan",
    "log",
    "script",
    "storyboard",
    "render-config",
    "tutorial-manifest",
    "ffprobe",
    "visual-qa",
]


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """One file of the preview: its path in the preview’s folder, what it is, and its media type."""

    name: str
    kind: FileKind
    media_type: str
    language: str | None = None
    """The tag of the language that a file of captions is in, ``fr-CA``."""


@dataclass(frozen=True, slots=True)
class LoudnessFacts:
    """How loud the finished track was found to be, and how loud it should be (EBU R128)."""

    profile: str
    integrated_lufs: float
    true_peak_dbtp: float
    target_lufs: float
    ceiling_dbtp: float
    max_sample_dbfs: float | None = None
    """The highest sample as it is, not between samples; None in previews of before."""
    longest_silence_s: float | None = None
    """The longest stretch in which nothing is above -50 dBFS."""


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What the finished video was found to be when it was probed."""

    container: Literal["mp4", "webm"]
    width_px: int
    height_px: int
    fps: str
    """Frames per second as an exact fraction, ``"30/1"``."""
    frames: int
    duration_s: float
    video_codec: str
    audio_codec: str
    silent: bool
    """True when the audio track holds silence because nothing was there to be heard."""
    loudness: LoudnessFacts | None = None
    """None for a silent track."""


@dataclass(frozen=True, slots=True)
class SceneFacts:
    """One scene of the timeline in exact frame numbers."""

    id: str
    kind: str
    title: str
    start_frame: int
    frames: int


Severity = Literal["error", "warning", "note"]


class PixelBox(NamedTuple):
    """A rectangle on the picture, in pixels from its upper left corner."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a person should know of: ``code`` is stable, ``scene`` names the scene if any.

    An error makes the preview unfit to be shown; ``measured`` and ``limit`` are in the unit that
    the code speaks of, and ``suggestion`` says what to do.
    """

    code: str
    message: str
    scene: str | None = None
    severity: Severity = "warning"
    box: PixelBox | None = None
    measured: float | None = None
    limit: float | None = None
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class PhaseInterval:
    """A step of a render: when it was at work first and last, in POSIX seconds.

    ``busy_s`` is what was spent on it: less than the interval where others took turns with it, more
    where several processes were at it.
    """

    name: str
    begin_at_s: float
    end_at_s: float
    busy_s: float


@dataclass(frozen=True, slots=True)
class RenderedPreview:
    """A preview as the renderer left it in its folder. ``media`` is None after a dry run."""

    title: str
    dry_run: bool
    files: tuple[RenderedFile, ...]
    media: MediaFacts | None
    width_px: int
    height_px: int
    fps: str
    frames: int
    scenes: tuple[SceneFacts, ...]
    cues: int
    findings: tuple[Finding, ...] = ()
    shots: int = 0
    """Scenes and transitions that the video was joined of."""
    reused_shots: int = 0
    """Those of them that had been filmed before."""
    phases: tuple[PhaseInterval, ...] = ()
    """The steps of the pipeline, in the order in which they began."""
    unread: tuple[str, ...] = ()
    """JSON Pointers to fields of scenes that nothing was made of; a few hundred at most."""
    quality: Quality | None = None
    """How good the preview was found to be."""
    placeholders: tuple[str, ...] = ()
    """Ids of the scenes that could not be rendered, and are marked as such."""

    @property
    def phases_s(self) -> dict[str, float]:
        """Seconds spent in each step of the pipeline."""
        return {phase.name: phase.busy_s for phase in self.phases}
