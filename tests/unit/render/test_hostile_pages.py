"""X5, X12: hostile texts become pages and captions, in good time and in their own syntax."""

from __future__ import annotations

import re
import time
from itertools import pairwise

import pytest

from preview_worker.render import RenderSettings
from preview_worker.render.assets import FileAssets
from preview_worker.render.atelier import painter_of
from preview_worker.render.captions import plan_sidecars
from preview_worker.render.wording import clean
from tests.unit.render.jobs import timeline_of

FAMILY = "👩🏽\u200d👩🏾\u200d👧🏿\u200d👦"
INJECTIONS = (
    "one --> two",
    "a\n\n00:00:01.000 --> 00:00:02.000\nb",
    "NOTE\n\nSTYLE\n::cue{}\n\nREGION",
    "<script>alert(1)</script> <c.x> {\\an8} &amp;",
    "1\n00:00:01,000 --> 00:00:09,000\nx",
)


@pytest.mark.parametrize(
    "unit",
    ["👩\u200d", FAMILY, "🇫🇷", "Z" + "\u0301\u0327" * 32, "a", "ที่", "\U000e0041", "ضع a 中 "],
)
def test_any_text_is_laid_out_and_captioned_in_good_time(unit: str) -> None:
    """X5: a chain of joiners once took minutes; what is left is the time of shaping so much."""
    text = (unit * 2000)[:5000]
    began_s = time.process_time()
    timeline = timeline_of(steps=[{"title": text[:500], "text": text}])
    plan_sidecars(timeline)
    settings = RenderSettings()
    painter = painter_of(timeline, FileAssets(settings), settings)
    for scene in timeline.scenes:
        painter.plan(scene)
    assert time.process_time() - began_s < 10


def test_a_chain_of_joiners_is_cut_and_a_family_is_not() -> None:
    """X5: seven joiners in a row are more than any family has."""
    assert clean(FAMILY * 20) == FAMILY * 20
    assert clean("👩\u200d" * 50).count("\u200d") == 7
    assert clean("a\u200d\u200d\u200db") == "a\u200db"


def test_no_text_breaks_out_of_its_cue() -> None:
    """X12: files of captions hold the cues that were planned, each with times of its own."""
    timeline = timeline_of(steps=[{"text": text, "durationSec": 9} for text in INJECTIONS])
    sidecars = plan_sidecars(timeline)
    for file, text in sidecars.files:
        times = re.findall(
            r"^\d\d:\d\d:\d\d[,.]\d{3} --> \d\d:\d\d:\d\d[,.]\d{3}$", text, re.MULTILINE
        )
        assert len(times) == text.count("-->") == len(sidecars.cues), file.name
        assert not re.search(r"^(?:NOTE|STYLE|REGION)$", text, re.MULTILINE)
        assert "<" not in text.replace("&lt;", "")
    assert all(one.end_frame <= two.start_frame for one, two in pairwise(sidecars.cues))
