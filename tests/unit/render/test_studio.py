"""A studio films what it does not have, once, and delivers every take in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from preview_worker.render.encode import encode_silence
from preview_worker.render.model import Timeline
from preview_worker.render.motion import Transition
from preview_worker.render.prints import PrintOrder
from preview_worker.render.recording import Recording
from preview_worker.render.settings import PartWish
from preview_worker.render.soundtrack import SoundRef
from preview_worker.render.studio import Delivery, Equipment, Studio
from tests.unit.render.studios import a_preview, an_equipment, orders_at

FADE = Transition("crossfade", 4)
VOICE = SoundRef(("voice.wav",), "/voice")


def _deliveries(
    timeline: Timeline, equipment: Equipment, orders: tuple[PrintOrder, ...] = ()
) -> tuple[list[Delivery], int]:
    """Return what a studio delivers, and how many of the takes it had before."""
    with Studio(timeline, equipment, orders) as studio:
        studio.recording()
        return list(studio.takes()), studio.reused


def _filmed(timeline: Timeline, folder: Path | None) -> list[tuple[int, str]]:
    """Render ``timeline``; return which shots had to be filmed."""
    equipment, camera = an_equipment(timeline, folder)
    _deliveries(timeline, equipment)
    return [(shot.number, shot.part) for shot in camera.filmed]


def _edited(timeline: Timeline, number: int, section: str) -> Timeline:
    scenes = list(timeline.scenes)
    scenes[number] = replace(scenes[number], section=section)
    return replace(timeline, scenes=tuple(scenes))


def _entries(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*/*") if path.is_file()]


@pytest.mark.parametrize("cached", [True, False])
def test_takes_come_in_order_and_cover_the_preview(tmp_path: Path, *, cached: bool) -> None:
    """With a cache and without one."""
    timeline = a_preview("One.", "Two.", "Three.", transition=FADE)
    equipment, _ = an_equipment(timeline, tmp_path if cached else None)
    delivered, reused = _deliveries(timeline, equipment)

    assert [d.shot.start_frame for d in delivered] == [0, 12, 16, 24, 28]
    assert sum(d.take.segment.frames for d in delivered) == timeline.frames
    assert all(d.spent for d in delivered)
    assert reused == 0


def test_a_preview_that_was_rendered_before_is_not_filmed_again(tmp_path: Path) -> None:
    """It comes from the cache, the same in every byte."""
    timeline = a_preview("One.", "Two.", transition=FADE)
    first, _ = _deliveries(timeline, an_equipment(timeline, tmp_path)[0])
    equipment, camera = an_equipment(timeline, tmp_path)
    again, reused = _deliveries(timeline, equipment)

    assert camera.filmed == []
    assert reused == 3
    assert [d.take for d in again] == [d.take for d in first]
    assert not any(d.spent for d in again)


def test_an_edited_scene_films_what_shows_it(tmp_path: Path) -> None:
    """Itself, the transition into it, and the one out of it; nothing else."""
    timeline = a_preview("One.", "Two.", "Three.", "Four.", transition=FADE)
    _filmed(timeline, tmp_path)

    assert _filmed(_edited(timeline, 1, "scoring"), tmp_path) == [
        (1, "transition"),
        (1, "scene"),
        (2, "transition"),
    ]


def test_a_scene_that_is_cut_in_films_one_shot(tmp_path: Path) -> None:
    """However many there are."""
    timeline = a_preview("One.", "Two.", "Three.", "Four.")
    _filmed(timeline, tmp_path)

    assert _filmed(_edited(timeline, 2, "scoring"), tmp_path) == [(2, "scene")]


def test_a_scene_that_moved_is_not_filmed(tmp_path: Path) -> None:
    """A new scene in front of it is."""
    _filmed(a_preview("One.", "Two."), tmp_path)

    assert _filmed(a_preview("New.", "One.", "Two."), tmp_path) == [(0, "scene")]


@pytest.mark.parametrize("cached", [True, False])
def test_scenes_that_look_alike_are_filmed_once(tmp_path: Path, *, cached: bool) -> None:
    """Whether or not there is a cache; each is delivered in its own place, with its own prints."""
    timeline = a_preview("One.", "Two.", "One.", "One.")
    equipment, camera = an_equipment(timeline, tmp_path if cached else None)
    delivered, reused = _deliveries(timeline, equipment, orders_at(3, 27, 40))

    assert [shot.number for shot in camera.filmed] == [0, 1]
    assert [d.shot.number for d in delivered] == [0, 1, 2, 3]
    assert [[order.frame for order in d.prints] for d in delivered] == [[3], [], [27], [40]]
    assert len({content for d in delivered for content in d.prints.values()}) == 1
    assert camera.developed == []
    assert reused == 2


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _replace(path: Path) -> None:
    path.write_bytes(b"what is this")


@pytest.mark.parametrize("damage", [_cut, _replace, Path.unlink])
def test_a_damaged_take_is_filmed_again_and_kept(
    tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    """Damaged or gone after the studio looked: the render does not fail, nor the one after it."""
    timeline = a_preview("One.", "Two.")
    _filmed(timeline, tmp_path)
    equipment, camera = an_equipment(timeline, tmp_path)
    with Studio(timeline, equipment, ()) as studio:
        damage(min(_entries(tmp_path)))
        delivered = list(studio.takes())

    assert len(camera.filmed) == 1
    assert sum(d.take.segment.frames for d in delivered) == timeline.frames
    assert studio.reused == 1
    assert _filmed(timeline, tmp_path) == []


def test_an_entry_of_another_edition_is_filmed_again_and_replaced(tmp_path: Path) -> None:
    """It is whole, but no take that we can read."""
    timeline = a_preview("One.")
    equipment, _ = an_equipment(timeline, tmp_path)
    with Studio(timeline, equipment, ()) as studio:
        key = studio._schedule[0].key  # noqa: SLF001 -- nobody else needs to know it
    equipment.cache.put(key, b"TAK0, whatever that was")
    delivered, _ = _deliveries(timeline, equipment)

    assert delivered[0].spent
    assert _filmed(timeline, tmp_path) == []


def test_prints_that_a_kept_take_lacks_are_developed_once(tmp_path: Path) -> None:
    """A preview of another length wants other frames; the scene is not encoded again."""
    timeline = a_preview("One.", "Two.")
    _deliveries(timeline, an_equipment(timeline, tmp_path)[0], orders_at(2))
    told = []
    for _ in range(2):
        equipment, camera = an_equipment(timeline, tmp_path)
        delivered, _ = _deliveries(timeline, equipment, orders_at(2, 20))
        told.append((len(camera.filmed), [shot.number for shot in camera.developed]))
        assert [len(d.prints) for d in delivered] == [1, 1]

    assert told == [(0, [1]), (0, [])]


def _spoken(timeline: Timeline) -> Timeline:
    return replace(timeline, scenes=(replace(timeline.scenes[0], voice=VOICE),))


def test_the_sound_is_recorded_once(tmp_path: Path) -> None:
    """And then kept like a take; a damaged one is recorded again, and kept again."""
    timeline = _spoken(a_preview("One."))
    recordings = []

    def record() -> Recording:
        recordings.append(1)
        return Recording(encode_silence("mp4", 19_200))

    counts = []
    for damaged in (False, False, True, False):
        equipment, _ = an_equipment(timeline, tmp_path, record)
        with Studio(timeline, equipment, ()) as studio:
            if damaged:
                for path in _entries(tmp_path):
                    _replace(path)
            assert studio.recording().sound.samples == 19_200
            assert len(list(studio.takes())) == 1
        counts.append(len(recordings))

    assert counts == [1, 1, 2, 2]


def test_a_preview_without_a_sound_records_nothing() -> None:
    """Silence is made where it is needed."""
    timeline = a_preview("One.")

    def record() -> Recording:
        raise AssertionError

    equipment, _ = an_equipment(timeline, None, record)
    with Studio(timeline, equipment, ()) as studio:
        assert studio.recording().sound.samples == 12 * 1600


def test_a_cache_that_cannot_be_written_films_as_if_there_were_none(tmp_path: Path) -> None:
    """The preview is made all the same; a file stands here where the folder should be."""
    (tmp_path / "cache").write_text("in the way")

    assert len(_filmed(a_preview("One.", "Two."), tmp_path / "cache")) == 2


def test_scenes_that_look_the_same_are_in_one_part(tmp_path: Path) -> None:
    """The first of them; a part without any is not filmed at all."""
    timeline = a_preview("One.", "One.", "Two.", "One.")
    filmed = []
    for number in (1, 2, 3):
        equipment, camera = an_equipment(timeline, tmp_path)
        with Studio(timeline, equipment, (), PartWish(number, 3)) as studio:
            assert studio.shots == len(list(studio.takes()))
        filmed.append([shot.number for shot in camera.filmed])
    assert filmed == [[], [0], [2]]
