"""Scenes that differ are drawn side by side, with the difference marked."""

from __future__ import annotations

import numpy as np

from preview_worker.render.comparison.judge import compare, moments
from preview_worker.render.comparison.sheet import WIDTH_PX, draw_sheet
from tests.unit.render.comparison.sights import plain, scene, sight, version

MARK = (224, 49, 96)


def test_every_scene_that_differs_has_a_row() -> None:
    """The others have none."""
    before = version(scene("a"), scene("b"))
    one = draw_sheet(compare(before, version(scene("a"), scene("b", "b new"))))
    two = draw_sheet(compare(before, version(scene("c d e"), scene("b", "b new"))))

    assert one.width == WIDTH_PX
    assert two.height > 1.5 * one.height


def test_the_difference_is_marked_on_both_sides() -> None:
    """In a colour that nothing else has."""
    changed = plain()
    changed[40:56, 64:96] = 200
    after = version(scene("a"), pictures=dict.fromkeys(moments(scene("a")), sight(changed)))
    page = np.asarray(draw_sheet(compare(version(scene("a")), after)))
    marked = (page == MARK).all(axis=-1)

    assert marked[:, : WIDTH_PX // 2].any()
    assert marked[:, WIDTH_PX // 2 :].any()


def test_a_long_title_stays_on_the_page() -> None:
    """It ends with dots."""
    found = compare(version(scene("a")), version(scene("word " * 200)))

    assert draw_sheet(found).width == WIDTH_PX


def test_nothing_to_show_is_a_page_with_a_head() -> None:
    """Rather than an error."""
    same = version(scene("a"))

    assert draw_sheet(compare(same, same)).height > 0
