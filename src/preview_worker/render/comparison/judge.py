"""Compares two versions of a preview: scenes first, then their words, pictures and sounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from preview_worker.contract import PixelBox
from preview_worker.render.comparison.alignment import Pair, align
from preview_worker.render.comparison.difference import (
    Comparison,
    PictureDifference,
    SceneDifference,
)
from preview_worker.render.comparison.hearing import compare_sounds
from preview_worker.render.comparison.likeness import Share, compare_pictures
from preview_worker.render.comparison.passages import Passage, compare_words
from preview_worker.render.comparison.version import Sight, Version, VersionScene

MOMENTS = (1, 3, 5)
"""Sixths of a scene at which its pictures are compared: off its ends, where it may still move."""
_PARTS = 6
PLACES = 3


def compare(before: Version, after: Version) -> Comparison:
    """Return what ``after`` has that ``before`` had not, and the other way round."""
    judge = _Judge(before, after, _sights(before), _sights(after))
    pairs = align(before.scenes, after.scenes)
    return Comparison(
        labels=(before.label, after.label),
        titles=(before.title, after.title),
        seconds=(round(float(before.seconds), PLACES), round(float(after.seconds), PLACES)),
        shapes=(_shape(before), _shape(after)),
        scenes=tuple(judge.judge(pair) for pair in pairs),
        sound=compare_sounds(before.listen(), after.listen()),
    )


def _shape(version: Version) -> str:
    return f"{version.width_px}x{version.height_px} {float(version.fps):g}"


def moments(scene: VersionScene) -> tuple[int, ...]:
    """Return the frames of the preview at which ``scene`` is looked at."""
    return tuple(scene.start_frame + scene.frames * sixth // _PARTS for sixth in MOMENTS)


def _sights(version: Version) -> dict[int, Sight]:
    return version.look({frame for scene in version.scenes for frame in moments(scene)})


@dataclass(frozen=True, slots=True)
class _Judge:
    """Both versions with the pictures of their scenes."""

    before: Version
    after: Version
    seen_before: dict[int, Sight]
    seen_after: dict[int, Sight]

    def judge(self, pair: Pair) -> SceneDifference:
        """Return what became of one scene."""
        before = None if pair.before is None else self.before.scenes[pair.before]
        after = None if pair.after is None else self.after.scenes[pair.after]
        seconds = (_seconds(self.before, before), _seconds(self.after, after))
        shown = (_middle(self.seen_before, before), _middle(self.seen_after, after))
        if before is None or after is None:
            return SceneDifference(before, after, pair.moved, seconds, shown=shown)
        return SceneDifference(
            before,
            after,
            pair.moved,
            seconds,
            title=compare_words(before.title, after.title),
            said=_compare_known(before.said, after.said),
            written=_compare_known(before.written, after.written),
            picture=self._picture(before, after),
            shown=shown,
        )

    def _picture(self, before: VersionScene, after: VersionScene) -> PictureDifference | None:
        found = list(self._unlike(before, after))
        return min(found, key=lambda one: one.likeness.similarity, default=None)

    def _unlike(self, before: VersionScene, after: VersionScene) -> Iterator[PictureDifference]:
        for here, there in zip(moments(before), moments(after), strict=True):
            one, other = self.seen_before.get(here), self.seen_after.get(there)
            likeness = compare_pictures(one, other) if one and other else None
            if one and other and likeness and likeness.changed:
                box = self._box(likeness.changed)
                yield PictureDifference(likeness, box, one, other)

    def _box(self, share: Share) -> PixelBox:
        width, height = self.after.width_px, self.after.height_px
        return PixelBox(
            round(share.x * width),
            round(share.y * height),
            round(share.width * width),
            round(share.height * height),
        )


def _middle(seen: dict[int, Sight], scene: VersionScene | None) -> Sight | None:
    return None if scene is None else seen.get(moments(scene)[1])


def _seconds(version: Version, scene: VersionScene | None) -> float | None:
    return None if scene is None else round(float(scene.frames / version.fps), PLACES)


def _compare_known(before: str | None, after: str | None) -> tuple[Passage, ...]:
    """Compare words that both versions kept; nobody can say anything of others."""
    return () if before is None or after is None else compare_words(before, after)
