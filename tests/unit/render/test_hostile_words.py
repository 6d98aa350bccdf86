"""X12: no text makes its reading take more than its length: patterns are never gone over twice."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from preview_worker.render.emphasis import without_emphasis
from preview_worker.render.timeline.segments import numbered_rows
from preview_worker.render.wording import clean, headline, reading_load, shorten, speak

CHARS = 60_000
UNITS = (
    *("a", " ", "\u00a0", "\u202f", "\n", "__a ", "**a ", "`a ", "[", "[]", "visual: ", "source\n"),
    *(
        "Step 1: a. ",
        ".\u00a0",
        "1 point ",
        "://",
        "a:// ",
        "« ",
        "1 ",
        "! ",
        "«\u00a0",
        "p.\u00a0",
    ),
    *("e\u0301\u0327", "\u0315\u0300\u05ae", "\u20dd", "\u200d", "\ufe0f", "\u202e", "\uffff"),
    *("👩\u200d", "🇫", "\U000e0041", "中", "한", "ﷺ", "\u0344", "\u1100\u1161", "\ud800", "%s{0}"),
)
"""What regular expressions and normal forms are known to take the square of."""
READERS: dict[str, Callable[[str], object]] = {
    "clean": clean,
    "clean, as in Canada": lambda text: clean(text, "fr-CA"),
    "clean, as in France": lambda text: clean(text, "fr-FR"),
    "speak": lambda text: speak(text, "fr"),
    "emphasis": without_emphasis,
    "headline": headline,
    "reading load": reading_load,
    "rows": numbered_rows,
    "shorten": lambda text: shorten(text, 100),
}


@pytest.mark.parametrize("reader", READERS)
def test_reading_takes_time_in_proportion_to_the_text(reader: str) -> None:
    """X12: what takes the square of so many characters takes minutes, and here it is seconds."""
    for unit in UNITS:
        text = unit * (CHARS // len(unit))
        began_s = time.process_time()
        READERS[reader](text)
        spent_s = time.process_time() - began_s
        assert spent_s < 2, f"{unit!a}: {spent_s:.1f} s"
