"""Time on screen: long enough to be seen, and long enough for all words to be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nlargest

from preview_worker.contract import Finding, PixelBox
from preview_worker.render.model import Scene
from preview_worker.render.paint import Painter
from preview_worker.render.paint.ink import ink_box
from preview_worker.render.paint.page import Box, Spread, Words
from preview_worker.render.quality.places import pixel_box
from preview_worker.render.quality.showings import Showing, showings
from preview_worker.render.wording import word_count

LEAST_S = 1.0
EASY_WPM, HARD_WPM = 240, 480
"""Words a minute: adults read plain prose at 240 in silence, and nobody follows twice as much."""
MOST_TEXTS = 48
"""Texts of a scene that are looked at together: those with the least time for their words."""


def judge_pace(scene: Scene, spread: Spread, painter: Painter) -> Iterator[Finding]:
    """Tell of a scene that flashes by, and of the words that it leaves no time for."""
    seconds = float(painter.profile.seconds(scene.frames))
    if seconds < LEAST_S:
        yield Finding(
            "scene.short",
            f"The scene is over after {seconds:.2f} s.",
            severity="error",
            measured=round(seconds, 3),
            limit=LEAST_S,
            suggestion="Give it a second at least, or leave it out.",
        )
    hurried = max(_paces(scene, spread, painter), default=None, key=lambda pace: pace.wpm)
    if hurried is not None and hurried.wpm > EASY_WPM:
        yield _told(hurried, painter.scale)


@dataclass(frozen=True, slots=True)
class _Pace:
    """Texts that come and go within the same stretch of time, and have to be read in it."""

    texts: tuple[Words, ...]
    words: int
    seconds: float

    @property
    def wpm(self) -> float:
        return 60 * self.words / self.seconds


def _paces(scene: Scene, spread: Spread, painter: Painter) -> Iterator[_Pace]:
    """Return the pace of every stretch of the scene between a coming and a going of a text."""
    shown = nlargest(MOST_TEXTS, showings(painter.timed_pages(scene, spread)), key=_hurry)
    for start in sorted({one.start for one in shown}):
        later = [one for one in shown if one.start >= start]
        for end in sorted({one.end for one in later}):
            texts = tuple(one.words for one in later if one.end <= end)
            words = sum(word_count(text.block.text) for text in texts)
            yield _Pace(texts, words, float(painter.profile.seconds(end - start)))


def _hurry(one: Showing) -> float:
    return word_count(one.words.block.text) / (one.end - one.start)


def _told(pace: _Pace, scale: float) -> Finding:
    needed_s = 60 * pace.words / EASY_WPM
    return Finding(
        "reading.fast",
        f"{pace.words} words are on screen for {pace.seconds:.1f} s: {pace.wpm:.0f} words a "
        "minute have to be read.",
        severity="error" if pace.wpm > HARD_WPM else "warning",
        box=_around(pace.texts, scale),
        measured=round(pace.wpm, 1),
        limit=float(EASY_WPM),
        suggestion=f"Show them for {needed_s:.1f} s, or write fewer.",
    )


def _around(texts: tuple[Words, ...], scale: float) -> PixelBox:
    boxes = [ink_box(words) for words in texts]
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right, bottom = max(box.right for box in boxes), max(box.bottom for box in boxes)
    return pixel_box(Box(left, top, right - left, bottom - top), scale)
