"""Scenes that flash by, and words that nobody has the time to read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from preview_worker.contract import Finding
from preview_worker.render.quality.pace import judge_pace
from tests.unit.render.quality.pages import Look, page, painter, scene, spread, words

TWENTY = "one two three four five six seven eight nine ten " * 2


def judged(frames: int, *texts: str) -> list[Finding]:
    """Return the findings of a scene with a page for each of ``texts``."""
    pages = [page(words(text)) for text in texts]
    return list(judge_pace(scene(frames), spread(*pages), painter()))


def test_a_scene_below_a_second_is_an_error() -> None:
    """It is told how long it is."""
    (finding,) = judged(15, "Go")

    assert (finding.code, finding.severity, finding.measured) == ("scene.short", "error", 0.5)


def test_a_scene_of_a_second_is_long_enough() -> None:
    """The limit itself is allowed."""
    assert judged(30, "Go") == []


def test_words_at_the_pace_of_reading_are_fine() -> None:
    """Twenty in five seconds are 240 a minute."""
    assert judged(150, TWENTY) == []


@pytest.mark.parametrize(
    ("frames", "wpm", "severity"), [(149, 241.6, "warning"), (74, 486.5, "error")]
)
def test_faster_than_reading_is_told(frames: int, wpm: float, severity: str) -> None:
    """Twice as fast as people read is an error, and the time that is needed is told."""
    (finding,) = judged(frames, TWENTY)

    assert (finding.code, finding.severity, finding.measured) == ("reading.fast", severity, wpm)
    assert "5.0 s" in finding.suggestion


def test_the_worst_page_counts() -> None:
    """The second page has a fifth of the scene for as many words."""
    long, short = page(words(TWENTY)), page(words(TWENTY.upper()))
    both = spread(replace(long, at=0), replace(short, at=240))
    (finding,) = judge_pace(scene(300), both, painter())

    assert finding.measured == 600.0


def test_a_text_that_stays_is_read_once() -> None:
    """A title over all pages of a scene has the time of all of them."""
    title = words(TWENTY, y=100)
    pages = [page(title, words(text)) for text in ("one two", "three four", "five six")]

    assert list(judge_pace(scene(240), spread(*pages), painter())) == []


def test_signs_are_not_read() -> None:
    """Neither the digits of a badge nor the name that stands for a picture."""
    signs = page(*(words(TWENTY, look=Look(role=role)) for role in ("badge", "placeholder")))

    assert list(judge_pace(scene(30), spread(signs), painter())) == []


def test_a_text_that_comes_back_is_read_anew() -> None:
    """A second at the beginning and one at the end are not ten."""
    shown, between = page(words(TWENTY)), page(words("Wait"))
    pages = [replace(one, at=at) for one, at in ((shown, 0), (between, 30), (shown, 270))]
    (finding,) = judge_pace(scene(300), spread(*pages), painter())

    assert finding.measured == 1200.0


def test_thousands_of_texts_are_judged_at_once() -> None:
    """The hurried one among them is found."""
    texts = [words("word", y=300 + n % 7) for n in range(3000)]
    pages = [replace(page(text), at=30 * n) for n, text in enumerate(texts)]
    pages[1234] = replace(page(words(TWENTY)), at=30 * 1234)
    (finding,) = judge_pace(scene(30 * 3000), spread(*pages), painter())

    assert finding.measured == 1200.0
