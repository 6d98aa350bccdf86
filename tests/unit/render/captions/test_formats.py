"""Caption files are read by an independent parser as they were meant."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import pysubs2
import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from preview_worker.render.captions import as_srt, as_vtt, plan_cues
from preview_worker.render.model import Cue
from tests.unit.render.jobs import config_of, timeline_of

FPS = Fraction(30)
CUES = (
    Cue(0, 100, ("First line,", "second line.")),
    Cue(103, 5000, ("5 < 6 & 7 > 3 --> go",)),
    Cue(30 * 3601, 30 * 3602 + 1, ("Later.",)),
)
TIMES_MS = [(0, 3333), (3433, 166_667), (3_601_000, 3_602_033)]
ANGLES = str.maketrans("\u2039\u203a", "<>")
END = "\n9999\n01:00:00,000 --> 01:00:01,000\nend\n"
"""A last cue for pysubs2, which takes the last line of a file for a number if it is one."""


def _words(text: str) -> str:
    """Return ``text`` without the white space at its sides, which readers may drop."""
    return "\n".join(line.strip() for line in text.split("\n"))


@pytest.mark.parametrize(
    ("text", "kind"), [(as_srt(CUES, FPS), "srt"), (as_vtt(CUES, FPS), "vtt")], ids=["srt", "vtt"]
)
def test_times_and_texts_survive(text: str, kind: str) -> None:
    """To the millisecond."""
    read = pysubs2.SSAFile.from_string(text, format_=kind)

    assert [(line.start, line.end) for line in read] == TIMES_MS
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


HOSTILE = st.lists(
    st.one_of(
        st.sampled_from(
            (
                *(
                    "-->",
                    "00:00:01,000 --> 00:00:02,000",
                    "\n\n7\n",
                    "<b>bold</b>",
                    "</i",
                    "<3",
                    "a < b",
                ),
                *(
                    "{\\an8}",
                    "\\N",
                    "\\h",
                    "{x}",
                    "&amp;",
                    "&lt;b&gt;",
                    "&nbsp;",
                    "WEBVTT",
                    "NOTE",
                    "12",
                ),
                *(
                    "\ufeff",
                    "\u200b",
                    "\u200e",
                    "\u2067\u0645\u0631\u062d\u2069",
                    "שלום",
                    "👩\u200d👧",
                    "\r",
                    "\x00",
                    "\u2028",
                ),
            )
        ),
        st.text(max_size=20),
    ),
    min_size=1,
    max_size=12,
).map(" ".join)


def _spoken(text: str) -> tuple[tuple[Cue, ...], Fraction]:
    """Return the cues of a long scene with ``text``, as a payload would have it."""
    scene = {"id": "s", "durationSec": 60, "narrationText": text}
    timeline = timeline_of(renderConfig=config_of(scene))
    return plan_cues(timeline)[0], timeline.profile.fps


def _lookalikes(text: str) -> str:
    text = re.sub(r"(\d:\d+):(\d+[.,]\d)", "\\1\u2236\\2", text)
    return text.replace("-->", "→").translate(str.maketrans("<>{}\\", "\u2039\u203a()\u2216"))


@given(HOSTILE)
def test_hostile_texts_survive_subrip(text: str) -> None:
    """As many cues as there were, with the same lines, but for look-alikes of what is markup."""
    cues, fps = _spoken(text)
    read = pysubs2.SSAFile.from_string(as_srt(cues, fps) + END, format_="srt")

    assert [_words(line.plaintext) for line in read] == [
        *(_words(_lookalikes("\n".join(cue.lines))) for cue in cues),
        "end",
    ]


@given(HOSTILE)
def test_hostile_texts_survive_webvtt(text: str) -> None:
    """Escaped, so that they come back as they were."""
    cues, fps = _spoken(text)
    read = webvtt.from_string(as_vtt(cues, fps)).captions

    assert [_words(html.unescape(caption.raw_text)) for caption in read] == [
        _words("\n".join(cue.lines)) for cue in cues
    ]
    assert [caption.identifier for caption in read] == [str(n + 1) for n in range(len(cues))]


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="there is no ffmpeg here")
@pytest.mark.parametrize("kind", ["srt", "vtt"])
def test_ffmpeg_reads_both_files(kind: str, tmp_path: Path) -> None:
    """With the times and texts that they were written with."""
    path = tmp_path / f"captions.{kind}"
    path.write_text(as_srt(CUES, FPS) if kind == "srt" else as_vtt(CUES, FPS), encoding="utf-8")
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "srt", "-"]
    output = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
    read = pysubs2.SSAFile.from_string(output.decode().replace("\r", ""), format_="srt")

    assert [(line.start, line.end) for line in read] == TIMES_MS
    assert read[0].plaintext == "First line,\nsecond line."
    assert read[1].plaintext.replace("→", "-->").translate(ANGLES) == CUES[1].lines[0]


def test_no_cues_are_still_a_file() -> None:
    """Empty for SubRip, a header for WebVTT."""
    assert as_srt((), FPS) == ""
    assert as_vtt((), FPS) == "WEBVTT\n"
