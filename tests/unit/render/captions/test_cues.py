"""Cues are within their scenes, in order, long enough to be seen, with air between them."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from preview_worker.render.captions import plan_cues
from preview_worker.render.model import Timeline
from tests.unit.render.jobs import config_of, timeline_of

STEPS = st.lists(
    st.fixed_dictionaries(
        {"text": st.text(st.sampled_from("abc .,!é"), min_size=1, max_size=300)},
        optional={"durationSec": st.floats(0.05, 30)},
    ),
    max_size=6,
)


@settings(max_examples=60)
@given(STEPS, st.sampled_from([24, 29.97, 30]))
def test_cues_keep_to_their_scenes(steps: list[dict[str, Any]], fps: float) -> None:
    """None overlaps the next, and none is on outside of a scene that speaks."""
    timeline = timeline_of(steps=steps, options={"fps": fps})
    cues, _ = plan_cues(timeline)
    speaking = [(s.start_frame, s.end_frame) for s in timeline.scenes if s.spoken]

    assert all(cue.start_frame < cue.end_frame for cue in cues)
    assert all(a.end_frame <= b.start_frame for a, b in pairwise(cues))
    assert all(any(a <= c.start_frame and c.end_frame <= b for a, b in speaking) for c in cues)
    assert {a for a, _ in speaking} <= {cue.start_frame for cue in cues}


@settings(max_examples=60)
@given(STEPS)
def test_a_cue_lasts_a_second_where_its_scene_does(steps: list[dict[str, Any]]) -> None:
    """Only a scene shorter than a cue and a gap has a shorter one."""
    timeline = timeline_of(steps=steps)
    short = {s.start_frame for s in timeline.scenes if s.frames < 33}
    cues, _ = plan_cues(timeline)

    assert all(c.end_frame - c.start_frame >= 30 for c in cues if c.start_frame not in short)


def _config(text: str, seconds: float) -> Timeline:
    return timeline_of(
        renderConfig=config_of({"id": "s", "durationSec": seconds, "narrationText": text})
    )


def test_there_is_air_between_cues() -> None:
    """A tenth of a second at least."""
    cues, _ = plan_cues(_config("One sentence stands here for you. " * 8, 20))

    gaps = [b.start_frame - a.end_frame for a, b in pairwise(cues)]
    assert len(gaps) >= 3
    assert min(gaps) >= 3


def test_longer_captions_are_on_for_longer() -> None:
    """Time is shared by length."""
    cues, _ = plan_cues(_config("Go. " + "Then everyone takes a card from the market." * 2, 12))
    spans = [Fraction(c.end_frame - c.start_frame, sum(map(len, c.lines))) for c in cues]

    assert max(spans) < 3 * min(spans)


def test_text_that_cannot_be_shown_in_time_is_told() -> None:
    """The last caption ends with an ellipsis."""
    cues, findings = plan_cues(_config("A sentence that takes its time. " * 20, 2.5))

    assert [finding.code for finding in findings] == ["captions.cut", "captions.fast"]
    assert len(cues) == 2
    assert cues[-1].lines[-1].endswith("…")
    assert len(cues[-1].lines[-1]) <= 42


def test_silent_scenes_have_no_cue() -> None:
    """An end card says nothing."""
    timeline = timeline_of(steps=["Deal."])
    cues, _ = plan_cues(timeline)

    assert cues[-1].end_frame <= timeline.scenes[-1].start_frame
