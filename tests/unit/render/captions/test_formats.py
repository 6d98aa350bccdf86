"""Caption files are read by an independent parser as they were meant."""

from __future__ import annotations

from fractions import Fraction

import pysubs2
import pytest

from preview_worker.render.captions import as_srt, as_vtt
from preview_worker.render.model import Cue

FPS = Fraction(30)
CUES = (
    Cue(0, 100, ("First line,", "second line.")),
    Cue(103, 5000, ("5 < 6 & 7 > 3 --> go",)),
    Cue(30 * 3601, 30 * 3602 + 1, ("Later.",)),
)


@pytest.mark.parametrize(
    ("text", "kind"), [(as_srt(CUES, FPS), "srt"), (as_vtt(CUES, FPS), "vtt")], ids=["srt", "vtt"]
)
def test_times_and_texts_survive(text: str, kind: str) -> None:
    """To the millisecond."""
    read = pysubs2.SSAFile.from_string(text, format_=kind)

    assert [(line.start, line.end) for line in read] == [
        (0, 3333),
        (3433, 166_667),
        (3_601_000, 3_602_033),
    ]
    assert read[0].plaintext == "First line,\nsecond line."


def test_subrip_is_spelled_as_players_expect() -> None:
    """Numbered from one, with a comma, an empty line between cues, and one at the end."""
    assert as_srt(CUES[:1], FPS) == (
        "1\n00:00:00,000 --> 00:00:03,333\nFirst line,\nsecond line.\n"
    )


def test_webvtt_escapes_what_looks_like_markup() -> None:
    """An arrow in the text would end a cue."""
    text = as_vtt(CUES, FPS)

    assert text.startswith("WEBVTT\n\n1\n")
    assert "5 &lt; 6 &amp; 7 &gt; 3 --&gt; go" in text


def test_no_cues_are_still_a_file() -> None:
    """Empty for SubRip, a header for WebVTT."""
    assert as_srt((), FPS) == ""
    assert as_vtt((), FPS) == "WEBVTT\n"
