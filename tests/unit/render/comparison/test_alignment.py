"""Scenes find their counterparts, whatever was put between, taken away or moved."""

from __future__ import annotations

from preview_worker.render.comparison.alignment import Pair, align
from preview_worker.render.comparison.version import VersionScene
from tests.unit.render.comparison.sights import scene


def _scenes(*words: str) -> list[VersionScene]:
    """Return scenes with ids that only count, as scenes without ids have them."""
    return [
        VersionScene(f"step-{n}", text.split()[0], 0, 60, text, None)
        for n, text in enumerate(words, 1)
    ]


def test_scenes_in_their_places_are_pairs() -> None:
    """One by one."""
    scenes = _scenes("deal", "play")

    assert align(scenes, scenes) == (Pair(0, 0), Pair(1, 1))


def test_a_scene_put_between_does_not_change_the_others() -> None:
    """Though the ids after it now belong to their neighbours."""
    before, after = _scenes("deal", "play", "score"), _scenes("deal", "wait", "play", "score")

    assert align(before, after) == (Pair(0, 0), Pair(None, 1), Pair(1, 2), Pair(2, 3))


def test_a_scene_taken_away_stands_where_it_was() -> None:
    """Between those that stayed."""
    before, after = _scenes("deal", "wait", "play"), _scenes("deal", "play")

    assert align(before, after) == (Pair(0, 0), Pair(1, None), Pair(2, 1))


def test_the_scene_that_moved_is_told_and_no_other() -> None:
    """The longest row that keeps its order stays."""
    before = _scenes("deal", "play", "draw", "score")
    after = _scenes("score", "deal", "play", "draw")

    assert align(before, after) == (Pair(3, 0, moved=True), Pair(0, 1), Pair(1, 2), Pair(2, 3))


def test_a_scene_with_other_words_is_known_by_its_id() -> None:
    """However different they are."""
    before, after = [scene("a", "old words here")], [scene("a", "all is new")]

    assert align(before, after) == (Pair(0, 0),)


def test_a_scene_with_another_id_is_known_by_its_words() -> None:
    """If most of them stayed."""
    before = [VersionScene("a", "Deal", 0, 60, "deal three cards to everybody now", None)]
    after = [VersionScene("b", "Deal", 0, 60, "deal four cards to everybody now", None)]
    other = [VersionScene("b", "Score", 0, 60, "count what you have", None)]

    assert align(before, after) == (Pair(0, 0),)
    assert align(before, other) == (Pair(None, 0), Pair(0, None))


def test_scenes_without_words_are_not_alike() -> None:
    """Nothing is known of them."""
    before = [VersionScene("a", "", 0, 60, None, None)]
    after = [VersionScene("b", "", 0, 60, None, None)]

    assert align(before, after) == (Pair(None, 0), Pair(0, None))


def test_nothing_has_no_counterparts() -> None:
    """On either side."""
    assert align([], []) == ()
