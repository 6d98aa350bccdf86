"""Plain steps become a title card, a scene each, and an end card."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from preview_worker.render.model import EndCard, StepCard, TitleCard
from tests.unit.render.jobs import timeline_of


def _card(step: Any, **request: Any) -> StepCard:
    card = timeline_of(steps=[step], **request).scenes[1].card
    assert isinstance(card, StepCard)
    return card


def test_steps_stand_between_a_title_and_an_end() -> None:
    """The title card says how many there are."""
    timeline = timeline_of(title="Moss", steps=[{"text": "One."}, {"text": "Two."}])

    assert [scene.kind for scene in timeline.scenes] == ["title", "step", "step", "end"]
    assert timeline.scenes[0].card == TitleCard("Moss", "", "2 steps")
    assert timeline.scenes[-1].card == EndCard("You’re all set!", "Moss")


def test_no_steps_still_give_a_preview() -> None:
    """A title and an end card, and a finding that says so."""
    timeline = timeline_of()

    assert [scene.kind for scene in timeline.scenes] == ["title", "end"]
    assert timeline.scenes[0].title == "Untitled Preview"
    assert [finding.code for finding in timeline.findings] == ["steps.none"]


@pytest.mark.parametrize(
    ("step", "title", "body"),
    [
        ({"id": "a", "text": "Deal."}, "", "Deal."),
        ({"title": "Deal", "body": "Three each."}, "Deal", "Three each."),
        ({"title": "Deal", "captions": ["Three", "each."]}, "Deal", "Three\neach."),
        ({"narration": ["Deal."], "action": "Do.", "expect": "See."}, "", "Deal.\nDo.\nSee."),
        ({"type": "intro", "content": "Deal.", "startTime": 0}, "", "Deal."),
        ("Deal.", "", "Deal."),
        ({"heading": "Deal **now**"}, "Deal now", ""),
        ({}, "", ""),
    ],
)
def test_every_shape_of_a_step_is_read(step: Any, title: str, body: str) -> None:
    """Text, title and body, captions, templates, segments, strings, and nothing at all."""
    card = _card(step)

    assert (card.title, card.body) == (title, body)


def test_a_step_without_words_is_named_by_its_number() -> None:
    """In the chapters."""
    assert timeline_of(steps=[{}]).scenes[1].title == "Step 1"


def test_reading_time_decides_when_no_duration_is_given() -> None:
    """At least three seconds; more words, more time."""
    short, long = timeline_of(steps=["Go.", "word " * 145]).scenes[1:3]

    assert short.frames == 90
    assert long.frames == round(Fraction(604, 10) * 30)


def test_a_duration_given_is_kept() -> None:
    """To the frame."""
    timeline = timeline_of(steps=[{"text": "word " * 100, "durationSec": 1.5}])

    assert timeline.scenes[1].frames == 45


def test_what_is_spoken_is_clean_of_directions() -> None:
    """While the page shows the words as they are."""
    scene = timeline_of(steps=[{"text": "Deal. [pause] Go."}]).scenes[1]

    assert scene.spoken == "Deal. Go."
    assert isinstance(scene.card, StepCard)
    assert scene.card.body == "Deal. [pause] Go."


def test_french_is_spoken_where_it_is_asked_for() -> None:
    """Badge, end card and typography follow the language."""
    timeline = timeline_of(language="fr-CA", title="Jeu", steps=["Partez !"])
    step, end = timeline.scenes[1].card, timeline.scenes[2].card

    assert isinstance(step, StepCard)
    assert isinstance(end, EndCard)
    assert (step.of, step.body) == ("sur 1", "Partez!")
    assert end.message == "À vous de jouer!"


def test_ids_are_fit_to_be_written_down() -> None:
    """Controls go, and a name of ten thousand characters is cut."""
    scenes = timeline_of(steps=[{"id": "a\u202eb\x00"}, {"id": "x" * 10_000}, {"id": 7}]).scenes

    assert [len(scene.id) for scene in scenes[1:4]] == [2, 120, 1]


def test_sections_colour_the_steps() -> None:
    """The type of a step if it is one, else the palette in turn."""
    scenes = timeline_of(steps=[{"type": "scoring"}, {"type": "numbered"}, {}]).scenes

    assert [scene.section for scene in scenes[1:4]] == ["scoring", "components", "setup"]
