"""Two versions are judged scene by scene."""

from __future__ import annotations

from preview_worker.render.comparison.judge import compare, moments
from preview_worker.render.comparison.passages import Passage
from tests.unit.render.comparison.sights import plain, scene, sight, version


def test_a_version_does_not_differ_from_itself() -> None:
    """In anything."""
    one = version(scene("a"), scene("b"))

    assert not compare(one, one).differs


def test_every_scene_has_its_fate() -> None:
    """The same, changed, added, removed."""
    before = version(scene("a"), scene("b"), scene("c"))
    after = version(scene("a"), scene("b", "b but otherwise"), scene("d"))
    found = compare(before, after)

    assert [(one.scene.id, one.fate) for one in found.scenes] == [
        ("a", "same"),
        ("b", "changed"),
        ("d", "added"),
        ("c", "removed"),
    ]
    assert found.scenes[1].said == (Passage("kept", "b"), Passage("added", "but otherwise"))
    assert found.scenes[2].shown[0] is None
    assert found.scenes[2].shown[1] is not None
    assert found.differs


def test_a_scene_that_lasts_longer_has_changed() -> None:
    """And so has the preview."""
    found = compare(version(scene("a")), version(scene("a", frames=75)))

    assert found.seconds == (2.0, 2.5)
    assert found.scenes[0].seconds == (2.0, 2.5)
    assert found.scenes[0].fate == "changed"


def test_a_scene_is_looked_at_where_it_differs_most() -> None:
    """The box is in pixels of the later version."""
    slightly, badly = plain(), plain()
    slightly[0:8, 0:8] = 60
    badly[44:88, 80:160] = 200
    first, second, _ = moments(scene("a"))
    after = version(scene("a"), pictures={first: sight(slightly), second: sight(badly)})
    (found,) = compare(version(scene("a")), after).scenes

    assert found.picture is not None
    assert found.picture.box == (160, 80, 160, 96)
    assert found.picture.likeness.similarity < 0.9


def test_scenes_move_without_changing() -> None:
    """Which is a difference as well."""
    before = version(scene("a"), scene("b"), scene("c"))
    found = compare(before, version(scene("c"), scene("a"), scene("b")))

    assert [(one.scene.id, one.fate, one.moved) for one in found.scenes] == [
        ("c", "same", True),
        ("a", "same", False),
        ("b", "same", False),
    ]
    assert found.differs


def test_words_that_one_version_did_not_keep_are_not_compared() -> None:
    """A preview without captions says nothing about them."""
    silent = version(scene("a").__class__("a", "A", 0, 60, None, None))

    assert not compare(version(scene("a")), silent).differs


def test_another_shape_is_told_and_pictures_are_left_out() -> None:
    """A wide and a tall picture have nothing in common."""
    tall = version(
        scene("a"),
        size=(176, 320),
        pictures={frame: sight(plain(size=(88, 160))) for frame in moments(scene("a"))},
    )
    found = compare(version(scene("a")), tall)

    assert found.shapes == ("320x176 30", "176x320 30")
    assert found.scenes[0].picture is None
    assert found.differs
