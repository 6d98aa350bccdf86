"""Cues can be read, keep to their scenes, and lose no word that is not told."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from preview_worker.contract import Finding
from preview_worker.render.captions import plan_cues
from preview_worker.render.model import Cue, Timeline
from preview_worker.render.wording import reading_load
from tests.unit.render.jobs import config_of, timeline_of

WORDS = (
    "take",
    "a card",
    "points.",
    "(if any)",
    "the",
    "three",
    "…",
    "collectively,",
    "牌を引く。",
    "é!",
)
STEPS = st.lists(
    st.fixed_dictionaries(
        {"text": st.lists(st.sampled_from(WORDS), min_size=1, max_size=60).map(" ".join)},
        optional={"durationSec": st.floats(0.05, 30)},
    ),
    max_size=6,
)
RATES = st.sampled_from([7, 24, 29.97, 30])


@settings(max_examples=60)
@given(STEPS, RATES)
def test_every_cue_can_be_read(steps: list[dict[str, Any]], fps: float) -> None:
    """Two lines of 42, a second at least, 17 characters a second at most, air between two."""
    timeline = timeline_of(steps=steps, options={"fps": fps})
    cues, _ = plan_cues(timeline)
    rate = timeline.profile.fps

    for cue in cues:
        seconds = Fraction(cue.end_frame - cue.start_frame) / rate
        assert 1 <= len(cue.lines) <= 2
        assert all(0 < len(line) <= 42 for line in cue.lines)
        assert seconds >= 1
        assert reading_load("".join(cue.lines)) <= 17 * seconds
    assert all((b.start_frame - a.end_frame) / rate >= Fraction(1, 10) for a, b in pairwise(cues))


@settings(max_examples=60)
@given(STEPS, RATES)
def test_cues_keep_to_their_scenes(steps: list[dict[str, Any]], fps: float) -> None:
    """The first starts with its scene, and none is on outside of the scene that speaks it."""
    timeline = timeline_of(steps=steps, options={"fps": fps})
    cues, findings = plan_cues(timeline)
    found = {finding.scene for finding in findings}

    for scene in timeline.scenes:
        own = [cue for cue in cues if scene.start_frame <= cue.start_frame < scene.end_frame]
        assert all(cue.end_frame <= scene.end_frame for cue in own)
        assert own or not scene.spoken or scene.id in found
        assert not own or own[0].start_frame == scene.start_frame


@settings(max_examples=60)
@given(STEPS)
def test_no_word_is_lost_in_silence(steps: list[dict[str, Any]]) -> None:
    """A scene of whose words any are missing has exactly one finding, which says so."""
    timeline = timeline_of(steps=steps)
    cues, findings = plan_cues(timeline)

    for scene in timeline.scenes:
        own = [cue for cue in cues if scene.start_frame <= cue.start_frame < scene.end_frame]
        said = "".join(line for cue in own for line in cue.lines)
        whole = said.replace(" ", "") == scene.spoken.replace(" ", "")
        assert [finding.scene for finding in findings].count(scene.id) == (0 if whole else 1)


def _config(text: str, seconds: float, *, language: str = "en") -> Timeline:
    scene = {"id": "s", "durationSec": seconds, "narrationText": text}
    return timeline_of(renderConfig=config_of(scene, language=language))


def _told(text: str, seconds: float) -> tuple[tuple[Cue, ...], Finding]:
    cues, (finding,) = plan_cues(_config(text, seconds))
    return cues, finding


def test_longer_captions_are_on_for_longer() -> None:
    """Time is shared by length."""
    cues, _ = plan_cues(_config("Go. " + "Then everyone takes a card from the market." * 2, 12))
    spans = [Fraction(c.end_frame - c.start_frame, sum(map(len, c.lines))) for c in cues]

    assert max(spans) < 3 * min(spans)


def test_the_last_cue_stays_to_the_end_when_nothing_follows() -> None:
    """There is no caption to keep away from."""
    cues, _ = plan_cues(_config("Deal three cards.", 4))

    assert cues[-1].end_frame == 120


def test_a_dense_scene_has_fewer_gaps_before_it_loses_words() -> None:
    """Captions then end where they can, not where they should."""
    text = (
        "The core mechanic is Set Collection. Collect sets of matching gem colors. Each complete "
        "set of 3 same-color gems scores 5 points. Mixed pairs score 2 points each."
    )
    cues, findings = plan_cues(_config(text, 8.1))

    assert findings == ()
    assert len(cues) == 2


def test_words_that_nobody_misses_are_left_out_when_time_is_short() -> None:
    """With a warning that names them and says how long the scene should be."""
    steps = ("Shuffle all gem cards and place them.", "Reveal 5 cards from the pile.")
    text = " ".join(f"Step {number}: {step}" for number, step in enumerate(steps, 1))
    cues, finding = _told(text, 3.9)

    assert " ".join(line for cue in cues for line in cue.lines) == " ".join(steps)
    assert (finding.code, finding.severity, finding.scene) == ("captions.condensed", "warning", "s")
    assert "left out “Step 1:”, “Step 2:”" in finding.message
    assert finding.measured is not None
    assert finding.measured > 17 == finding.limit
    assert finding.suggestion.startswith("Give the scene 4.")


def test_a_scene_as_long_as_suggested_needs_no_finding() -> None:
    """The suggestion is worth something."""
    text = "Everyone takes one card from the market, then refills it from the draw pile. " * 3
    _, finding = _told(text, 3)
    found = re.search(r"[\d.]+", finding.suggestion)
    assert found is not None

    assert plan_cues(_config(text, float(found[0]) + 0.05))[1] == ()


def test_text_that_cannot_be_shown_in_time_is_an_error() -> None:
    """The last caption ends with an ellipsis, and the finding tells the first words after it."""
    cues, finding = _told("A sentence that takes its time. " * 20, 2.5)

    assert (finding.code, finding.severity) == ("captions.cut", "error")
    assert "cut off from “takes its time. A" in finding.message
    assert cues[-1].lines[-1].endswith("…")


def test_a_scene_shorter_than_a_second_has_no_caption() -> None:
    """Nobody could read it; the finding says so."""
    cues, finding = _told("Deal.", 0.5)

    assert cues == ()
    assert finding.code == "captions.cut"
    assert "“Deal.”" in finding.message


def test_a_text_far_beyond_its_scene_is_cut_without_being_reworded() -> None:
    """A megabyte of words for five seconds takes no time."""
    cues, finding = _told("Take the card, and the next one. " * 30_000, 5)

    assert finding.code == "captions.cut"
    assert "left out" not in finding.message
    assert cues[0].lines[0].startswith("Take the card")


def test_silent_scenes_have_no_cue() -> None:
    """An end card says nothing."""
    timeline = timeline_of(steps=["Deal."])
    cues, _ = plan_cues(timeline)

    assert cues[-1].end_frame <= timeline.scenes[-1].start_frame
