"""X5: texts are bounded at the door, between two graphemes, and a notice says where."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_worker.contract import MAX_GRAPHEME_CODES, ParsedJob, graphemes, read_job
from preview_worker.contract.texts import MAX_MARKS, MAX_TEXT_CODES, MAX_TEXT_GRAPHEMES
from tests.fakes.payloads import a_payload, a_request

FAMILY = "👩🏽\u200d👩🏾\u200d👧🏿\u200d👦"


def read(**request: object) -> ParsedJob:
    """Read a payload whose request has some fields changed."""
    return read_job(json.dumps(a_payload(previewRequest=a_request(**request))).encode())


@pytest.mark.parametrize("unit", ["a", "é", FAMILY, "🇫🇷", "ก็", "\u202e", "\uffff"])
def test_a_long_text_is_cut_between_graphemes(unit: str) -> None:
    """X5: of a field of any script, five thousand graphemes are used."""
    parsed = read(steps=[{"text": unit * (2 * MAX_TEXT_GRAPHEMES)}])
    kept = parsed.job.request.steps[0]["text"]
    assert len(graphemes(kept)) <= MAX_TEXT_GRAPHEMES
    assert len(kept) <= MAX_TEXT_CODES
    assert [(one.code, one.path) for one in parsed.notices] == [
        ("payload.text_cut", "/previewRequest/steps/0/text")
    ]


def test_a_text_of_the_greatest_length_is_left_alone() -> None:
    """X5: the limit itself is allowed, and nobody is told anything."""
    text = "é" * MAX_TEXT_GRAPHEMES
    parsed = read(steps=[{"text": text}])
    assert parsed.job.request.steps[0]["text"] == text
    assert parsed.notices == ()


def test_a_tower_of_marks_is_cut_down() -> None:
    """X5: a base keeps as many combining marks as anybody could mean."""
    parsed = read(title="Z" + "\u0301\u0327" * 10_000 + "algo")
    assert parsed.job.request.title == "Z" + "\u0301\u0327" * (MAX_MARKS // 2)
    assert {one.code for one in parsed.notices} == {"payload.marks_cut"}
    assert read(title="e" + "\u0301" * 65 + "nd").job.request.title == "e" + "\u0301" * 64 + "nd"


def test_many_long_texts_are_told_of_in_few_notices() -> None:
    """X5: a notice for each of the first, and one for all others."""
    parsed = read(steps=[{"text": "a" * 6000}] * 100)
    assert len(parsed.notices) == 21
    assert parsed.notices[-1].message == "80 more texts were beyond the limits"


def test_texts_are_found_wherever_they_are() -> None:
    """X5: in lists of objects as well, and by a pointer whose parts are escaped."""
    parsed = read(metadata={"a/b": [{"~": "x" * 6000}]})
    assert [one.path for one in parsed.notices] == ["/previewRequest/metadata/a~1b/0/~0"]


@given(st.text(alphabet=st.sampled_from("a\u0301\u200d\ufe0f👩🏽🇫🇷\u20dd\n"), max_size=200))
def test_graphemes_are_never_longer_than_their_limit(text: str) -> None:
    """X5: joined again they are the text, however it goes on."""
    found = graphemes(text * 3)
    assert "".join(found) == text * 3
    assert all(0 < len(one) <= MAX_GRAPHEME_CODES for one in found)
