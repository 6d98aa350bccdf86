"""Stand-ins: the placeholders of a preview for the scenes that no part of a batch could film."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from preview_worker.contract import Finding
from preview_worker.render.cache import Cache
from preview_worker.render.fingerprint import Fingerprints
from preview_worker.render.model import Scene, Timeline
from preview_worker.render.placeholder import MESSAGES, PlaceholderCard
from preview_worker.render.pool import Pool
from preview_worker.render.settings import LostPart
from preview_worker.render.shots import Shot, plan_shots
from preview_worker.render.studio import Scheduled, share_of
from preview_worker.render.wording import one_line


@dataclass(frozen=True, slots=True)
class StandIns:
    """A timeline in which placeholders stand for scenes that are lost, and why they are."""

    timeline: Timeline
    codes: Mapping[str, str]
    """For each scene that is lost, by its id, the code of the error that its part failed with."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Say of each scene that is lost what people do not see."""
        return tuple(map(_finding, self.codes, self.codes.values()))


def stand_in(
    timeline: Timeline,
    parts: Iterable[LostPart],
    cache: Cache,
    prints: Fingerprints,
    pool: Pool | None = None,
) -> StandIns:
    """Return ``timeline`` with placeholders for the scenes that the lost ``parts`` did not film.

    What they filmed before they failed, or another preview did, is in the ``cache`` by its
    fingerprint, or comes from the ``pool``, and is shown. A placeholder is as long as its scene,
    whose sounds, captions and chapter stay.
    """
    schedule = [Scheduled(shot, prints.of_shot(shot), ()) for shot in plan_shots(timeline)]
    codes = {one.key: part.code for part in parts for one in share_of(schedule, part.wish)}
    lacking = {key for key in codes if not cache.holds(key)}
    if pool is not None and lacking:
        lacking -= pool.find(sorted(lacking))
    lost = _lost([(one.shot, codes[one.key]) for one in schedule if one.key in lacking])
    scenes = tuple(
        _placeholder(scene, lost[number], timeline.language) if number in lost else scene
        for number, scene in enumerate(timeline.scenes)
    )
    told = {timeline.scenes[number].id: code for number, code in sorted(lost.items())}
    return StandIns(replace(timeline, scenes=scenes), told)


def _lost(lacking: Iterable[tuple[Shot, str]]) -> dict[int, str]:
    """Return the numbers of the scenes that are lost, by shots that are ``lacking``, in order.

    A scene whose transition alone is lacking is lost as well, lest it is tried again; unless the
    scene before is lost, which the transition shows, too: then it shows the placeholder go.
    """
    lost: dict[int, str] = {}
    for shot, code in lacking:
        if shot.part == "scene" or shot.number - 1 not in lost:
            lost[shot.number] = code
    return lost


def _placeholder(scene: Scene, code: str, language: str) -> Scene:
    card = PlaceholderCard(MESSAGES[language], one_line(scene.title), code=code)
    return replace(scene, card=card, motions=())


def _finding(scene: str, code: str) -> Finding:
    told = f"The scene could not be rendered ({code}); a placeholder stands in its place."
    advice = "Mend what the part failed of, and add the job again: what is lacking is then filmed."
    return Finding("scene.placeholder", told, scene=scene, severity="error", suggestion=advice)
