"""What two versions of a preview do not have in common: values for people and for JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from preview_worker.contract import PixelBox
from preview_worker.render.comparison.hearing import SoundDifference
from preview_worker.render.comparison.likeness import Likeness
from preview_worker.render.comparison.passages import Passage
from preview_worker.render.comparison.version import Sight, VersionScene

Fate = Literal["same", "changed", "added", "removed"]


@dataclass(frozen=True, slots=True)
class PictureDifference:
    """The moment of a scene at which its pictures differ most."""

    likeness: Likeness
    box: PixelBox | None
    """Where they differ, in pixels of the later version."""
    before: Sight
    after: Sight


@dataclass(frozen=True, slots=True)
class SceneDifference:
    """A scene and what became of it. ``seconds`` are its lengths; None where there is no scene."""

    before: VersionScene | None
    after: VersionScene | None
    moved: bool
    seconds: tuple[float | None, float | None]
    title: tuple[Passage, ...] = ()
    said: tuple[Passage, ...] = ()
    written: tuple[Passage, ...] = ()
    picture: PictureDifference | None = None
    shown: tuple[Sight | None, Sight | None] = (None, None)
    """The middle of the scene, before and after."""

    @property
    def scene(self) -> VersionScene:
        """The scene as it is now, or was."""
        scene = self.after or self.before
        if scene is None:
            message = "a difference without any scene"
            raise ValueError(message)
        return scene

    @property
    def fate(self) -> Fate:
        """What became of the scene, apart from its place."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        lasting = self.seconds[0] == self.seconds[1]
        same = lasting and not (self.title or self.said or self.written or self.picture)
        return "same" if same else "changed"

    @property
    def differs(self) -> bool:
        """Whether there is anything to tell."""
        return self.moved or self.fate != "same"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions compared."""

    labels: tuple[str, str]
    titles: tuple[str, str]
    seconds: tuple[float, float]
    shapes: tuple[str, str]
    """Width, height and rate: ``"1280x720 30"``."""
    scenes: tuple[SceneDifference, ...]
    sound: SoundDifference

    @property
    def differs(self) -> bool:
        """Whether the two versions are different in anything that is compared."""
        pairs = (self.titles, self.seconds, self.shapes)
        unlike = any(before != after for before, after in pairs)
        return unlike or self.sound.differs or any(scene.differs for scene in self.scenes)

    def document(self) -> dict[str, Any]:
        """Return the comparison as JSON has it; scenes that are the same are only counted."""
        return {
            "differs": self.differs,
            "before": self.labels[0],
            "after": self.labels[1],
            "title": list(self.titles),
            "seconds": list(self.seconds),
            "shape": list(self.shapes),
            "scenesTheSame": sum(not scene.differs for scene in self.scenes),
            "scenes": [_scene(scene) for scene in self.scenes if scene.differs],
            "sound": {
                "differs": self.sound.differs,
                "lufs": list(self.sound.lufs),
                "silentShare": list(self.sound.silent_share),
                "correlation": self.sound.correlation,
                "offsetSeconds": self.sound.offset_s,
            },
        }


def _scene(one: SceneDifference) -> dict[str, Any]:
    return {
        "id": one.scene.id,
        "title": one.scene.title,
        "fate": one.fate,
        "moved": one.moved,
        "seconds": list(one.seconds),
        "titleWords": _passages(one.title),
        "saidWords": _passages(one.said),
        "writtenWords": _passages(one.written),
        "picture": None if one.picture is None else _picture(one.picture),
    }


def _passages(passages: tuple[Passage, ...]) -> list[dict[str, str]]:
    return [{"fate": one.fate, "text": one.text} for one in passages]


def _picture(one: PictureDifference) -> dict[str, Any]:
    return {
        "similarity": one.likeness.similarity,
        "meanDifference": one.likeness.mean_difference,
        "box": None if one.box is None else one.box._asdict(),
    }
