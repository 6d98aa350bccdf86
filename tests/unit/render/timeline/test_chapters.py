"""Several chapters, each with a title of its own."""

from __future__ import annotations

from typing import Any

from preview_worker.render.model import TitleCard
from tests.unit.render.jobs import timeline_of

CHAPTERS: list[Any] = [
    {"id": "chapter-1", "title": "Build", "steps": [{"id": "step-1", "text": "Lay a track."}]},
    {"id": "chapter-2", "steps": [{"id": "step-1", "text": "Roll."}, {"text": "Ring."}]},
]


def test_every_chapter_has_a_title_before_its_steps() -> None:
    """A chapter without a name is called by its number."""
    scenes = timeline_of(title="Marble Post", chapters=CHAPTERS).scenes
    cards = [scene.card for scene in scenes if isinstance(scene.card, TitleCard)]

    assert [scene.kind for scene in scenes] == [
        *("title", "title", "step", "title", "step", "step", "end"),
    ]
    assert [(card.title, card.facts) for card in cards] == [
        ("Marble Post", "2 chapters"),
        ("Build", "1 step"),
        ("Chapter 2", "2 steps"),
    ]


def test_steps_of_different_chapters_have_ids_of_their_own() -> None:
    """Though every chapter counts its steps from one."""
    ids = [scene.id for scene in timeline_of(chapters=CHAPTERS).scenes]

    assert len(set(ids)) == len(ids)
    assert ids[2:5] == ["step-1", "chapter-2", "step-1-2"]


def test_a_single_chapter_is_planned_as_one() -> None:
    """Its title leads."""
    scenes = timeline_of(chapters=CHAPTERS[:1]).scenes

    assert [scene.title for scene in scenes[:2]] == ["Build", "Lay a track"]


def test_the_chapter_that_the_request_names_is_shown_alone() -> None:
    """As upstream previews one chapter of a list."""
    timeline = timeline_of(chapters=CHAPTERS, chapterId="chapter-2")

    assert [scene.spoken for scene in timeline.scenes if scene.kind == "step"] == ["Roll.", "Ring."]
    assert "chapters.one" in [finding.code for finding in timeline.findings]
