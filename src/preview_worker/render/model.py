"""The values that the steps of a render hand to each other, all of them exact and frozen.

Time is counted in frames of the profile's rate; seconds appear only as ``Fraction``. Sizes in cards
are left to the painter. Colours are eight-bit sRGB.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NamedTuple, TypeAlias

from preview_worker.contract import Finding
from preview_worker.render import colour, picture
from preview_worker.render.brand import Signature, Watermark
from preview_worker.render.look import Look
from preview_worker.render.motion import CUT, Motion, Transition
from preview_worker.render.palette import DARK
from preview_worker.render.picture import Exhibit
from preview_worker.render.pointer import Pointer
from preview_worker.render.soundtrack import SoundRef, Soundtrack
from preview_worker.render.subtitling import Captioning

Colour: TypeAlias = colour.Colour
PictureRef: TypeAlias = picture.PictureRef
Picture: TypeAlias = picture.Picture
Container = Literal["mp4", "webm"]
ArtifactSet = Literal["preview", "tutorial"]
SceneKind = Literal["title", "step", "end", "composed"]


@dataclass(frozen=True, slots=True)
class Profile:
    """The shape of the video: both sides are even, as 4:2:0 chroma demands."""

    width_px: int
    height_px: int
    fps: Fraction
    container: Container

    @property
    def rate(self) -> str:
        """Frames per second as an exact fraction, ``"30/1"``."""
        return f"{self.fps.numerator}/{self.fps.denominator}"

    def seconds(self, frames: int) -> Fraction:
        """Return how long ``frames`` last."""
        return frames / self.fps


@dataclass(frozen=True, slots=True)
class Overlay:
    """A text on a composed scene, placed by the name of its position."""

    role: str
    text: str
    position: str
    colour: Colour | None = None


@dataclass(frozen=True, slots=True)
class TitleCard:
    """The opening: what the preview is about."""

    title: str
    subtitle: str
    facts: str
    signature: Signature | None = None


@dataclass(frozen=True, slots=True)
class StepCard:
    """One step: a mark such as its number, ``"of 5"``, its words and perhaps a picture."""

    mark: str
    of: str
    title: str
    body: str
    picture: PictureRef | None = None
    motions: tuple[Motion, ...] = ()
    """How the picture moves."""
    pointers: tuple[Pointer, ...] = ()
    """What points at things on the picture, or on its place while nobody has it."""
    gallery: tuple[Exhibit, ...] = ()
    """All of its pictures, where there are several."""
    layout: str = ""
    """The composition that was asked for; empty for the one that suits."""
    border: Colour | None = None
    """The colour of a border around the picture."""


@dataclass(frozen=True, slots=True)
class EndCard:
    """The closing: a message, and what the preview was about."""

    message: str
    title: str
    signature: Signature | None = None


@dataclass(frozen=True, slots=True)
class ComposedCard:
    """A scene that the producer laid out: a ground and texts on it."""

    ground: Colour | None
    """None leaves it to the look."""
    overlays: tuple[Overlay, ...]
    picture: PictureRef | None = None
    motions: tuple[Motion, ...] = ()
    pointers: tuple[Pointer, ...] = ()
    layout: str = ""
    """The composition that was asked for; without one, texts stand by their positions."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list: what stands before it, such as its number or a quantity, and its words."""

    mark: str
    text: str
    picture: PictureRef | None = None


@dataclass(frozen=True, slots=True)
class RowsCard:
    """A list under a title: rules in order, components with their quantities."""

    mark: str
    of: str
    title: str
    rows: tuple[Row, ...]
    lead: str = ""
    """A few words between the title and the rows."""


class Region(NamedTuple):
    """A rectangle by its upper left corner, in shares of the page's sides."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class StagedText:
    """A text with a place of its own, on from ``start_frame`` of its scene.

    It goes off with ``end_frame``; None is the end of the scene.
    """

    role: str
    text: str
    region: Region
    start_frame: int = 0
    end_frame: int | None = None
    layer: int | None = None
    """Pictures on higher layers stand over it; without one it stands over all of them."""


@dataclass(frozen=True, slots=True)
class StagedPicture:
    """A picture with a place and perhaps a time of its own.

    ``name`` stands there while nobody has the picture.
    """

    name: str
    region: Region
    picture: PictureRef | None = None
    start_frame: int = 0
    end_frame: int | None = None
    layer: int = 0
    motions: tuple[Motion, ...] = ()
    pointers: tuple[Pointer, ...] = ()


@dataclass(frozen=True, slots=True)
class StagedCard:
    """A scene whose producer placed everything; what shares a layer is listed from below."""

    pictures: tuple[StagedPicture, ...]
    texts: tuple[StagedText, ...]


Card = TitleCard | StepCard | RowsCard | EndCard | ComposedCard | StagedCard


@dataclass(frozen=True, slots=True)
class Scene:
    """One stretch of the preview, frames ``start_frame`` up to but not including ``end_frame``."""

    id: str
    kind: SceneKind
    title: str
    start_frame: int
    frames: int
    spoken: str
    section: str
    card: Card
    voice: SoundRef | None = None
    transition: Transition = CUT
    motions: tuple[Motion, ...] = ()
    """How all that stands on the scene's ground moves together."""
    burned: tuple[Cue, ...] = ()
    """The captions that are painted into it, on frames of the scene."""

    @property
    def end_frame(self) -> int:
        """The first frame after the scene."""
        return self.start_frame + self.frames


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole preview on exact frame numbers, decided before a pixel exists."""

    title: str
    language: str
    """The tag of its language, ``fr-CA``; it need not be one that we have phrases for."""
    profile: Profile
    scenes: tuple[Scene, ...]
    findings: tuple[Finding, ...] = ()
    unread: tuple[str, ...] = ()
    """JSON Pointers to fields of scenes that nothing was made of."""
    sound: Soundtrack = field(default_factory=Soundtrack)
    captioning: Captioning = field(default_factory=Captioning)
    look: Look = DARK
    watermark: Watermark | None = None
    """None unless the request asks for one."""
    artifact_set: ArtifactSet = "preview"
    """Which files the preview consists of."""

    @property
    def frames(self) -> int:
        """The length of the preview in frames."""
        return self.scenes[-1].end_frame

    @property
    def pictures(self) -> tuple[PictureRef, ...]:
        """Every picture that the scenes show, in order."""
        refs = (ref for scene in self.scenes for ref in _pictures_of(scene.card))
        marks = () if self.watermark is None else (self.watermark.logo,)
        return (*(ref for ref in refs if ref is not None), *marks)

    @property
    def sounds(self) -> tuple[SoundRef, ...]:
        """Every sound that the payload wants to be heard, in order."""
        voices = (scene.voice for scene in self.scenes if scene.voice is not None)
        whole = (narration.sound for narration in self.sound.narrations)
        music = () if self.sound.music is None else (self.sound.music.sound,)
        return (*voices, *whole, *music)


def _pictures_of(card: Card) -> tuple[PictureRef | None, ...]:
    match card:
        case StepCard():
            return (card.picture, *(one.picture for one in card.gallery))
        case TitleCard() | EndCard():
            return (card.signature.logo,) if card.signature else ()
        case RowsCard():
            return tuple(row.picture for row in card.rows)
        case ComposedCard():
            return (card.picture,)
        case StagedCard():
            return tuple(staged.picture for staged in card.pictures)
        case _:
            return ()


@dataclass(frozen=True, slots=True)
class Cue:
    """A caption shown from ``start_frame`` up to but not including ``end_frame``."""

    start_frame: int
    end_frame: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Still:
    """A painted picture that is held for ``frames`` frames from ``start_frame``.

    ``rgba`` holds the profile's width times height pixels, four bytes each, rows from the top.
    """

    start_frame: int
    frames: int
    rgba: bytes
    moving: bool = False
    """True for a picture that goes on from the one before it, so that no key frame is needed."""

    @property
    def end_frame(self) -> int:
        """The first frame after the still."""
        return self.start_frame + self.frames
