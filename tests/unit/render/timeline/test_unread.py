"""Fields that no preview is made of are named once."""

from __future__ import annotations

from preview_worker.render.settings import RenderSettings
from preview_worker.render.timeline import plan_timeline
from preview_worker.render.timeline.unread import find_unread, tell_unread
from tests.unit.render.jobs import job_of, timeline_of


def test_unknown_fields_of_scenes_are_told() -> None:
    """All of them in one finding, in the order of the alphabet."""
    timeline = timeline_of(steps=[{"text": "a", "mood": "calm"}, {"text": "b", "glow": 1}])
    (finding,) = timeline.findings

    assert finding.code == "fields.unread"
    assert finding.message.endswith("glow, mood.")


def test_known_fields_are_not_told() -> None:
    """Nor is anything said of what is no list of scenes."""
    assert timeline_of(steps=[{"id": "a", "text": "b", "confidence": 1}]).findings == ()
    assert tell_unread({"a": 1}) == ()


def test_a_long_list_of_fields_is_cut() -> None:
    """A thousand of them do not make a page."""
    (finding,) = tell_unread([{f"field{n:04}": 1 for n in range(1000)}])

    assert finding.message.endswith("and 988 more.")


def test_unknown_fields_can_be_found_again() -> None:
    """By pointers that lead to their values in the request."""
    job = job_of(script=[{"type": "setup", "narration": "Deal.", "a/b~c": [1], "mood": "calm"}])
    unread = plan_timeline(job, RenderSettings()).unread

    assert unread == (
        "/previewRequest/script/segments/0/a~1b~0c",
        "/previewRequest/script/segments/0/mood",
    )
    assert list(job.values_at(unread).values()) == [[1], "calm"]


def test_only_so_many_fields_are_kept() -> None:
    """What a render tells of itself stays small."""
    assert len(find_unread([{f"field{n}": 1 for n in range(900)}], "/x")) == 500
