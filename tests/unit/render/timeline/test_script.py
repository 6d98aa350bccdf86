"""Scripts of every kind become scenes in the order that they were written in."""

from __future__ import annotations

from typing import Any

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.model import EndCard, Row, RowsCard, StepCard, TitleCard
from preview_worker.render.timeline.segments import numbered_rows
from tests.unit.render.jobs import timeline_of


def segment(kind: str, narration: str = "Words.", **fields: Any) -> dict[str, Any]:
    """Return a script segment of three seconds."""
    return {
        "id": f"segment-{kind}",
        "type": kind,
        "narration": narration,
        "durationSec": 3,
        **fields,
    }


def test_segments_have_the_cards_of_their_sections() -> None:
    """Only what explains the game is counted."""
    kinds = ["hook", "game_identity", "objective", "scoring", "recap", "end_card"]
    script = {"segments": [segment(kind) for kind in kinds], "metadata": {"gameName": "Moss"}}
    timeline = timeline_of(script=script)
    cards = [scene.card for scene in timeline.scenes]

    assert timeline.title == "Moss"
    assert cards == [
        TitleCard("Moss", "Words.", ""),
        StepCard("i", "The game", "Moss", "Words."),
        StepCard("1", "of 2", "Your goal", "Words."),
        StepCard("2", "of 2", "Scoring", "Words."),
        StepCard("✓", "In short", "Moss", "Words."),
        EndCard("Words.", "Moss"),
    ]
    assert [scene.frames for scene in timeline.scenes] == [90] * 6


def test_section_names_are_in_the_scripts_language() -> None:
    """As a script says it, or the options."""
    script = {"segments": [segment("setup")], "language": "fr-CA"}

    assert timeline_of(script=script).scenes[0].title == "Mise en place"


def test_a_bare_list_is_a_script() -> None:
    """Its members are the segments."""
    assert [scene.section for scene in timeline_of(script=[segment("setup")]).scenes] == ["setup"]


def test_timed_segments_last_from_their_start_to_their_end() -> None:
    """Five seconds where the end is missing."""
    script = [
        {"type": "intro", "content": "Hello.", "startTime": 0, "endTime": 4.5},
        {"type": "rules", "content": "Draw.", "startTime": 4.5},
    ]
    timeline = timeline_of(script=script)

    assert [scene.frames for scene in timeline.scenes] == [135, 150]
    assert [scene.spoken for scene in timeline.scenes] == ["Hello.", "Draw."]
    assert timeline.scenes[1].title == "Rules"


def test_a_segment_without_a_duration_lasts_as_long_as_it_takes_to_say() -> None:
    """At the pace of its language."""
    words = " ".join(["word"] * 29)
    script = [segment("setup", words, durationSec=None)]

    assert timeline_of(script=script).frames == round((29 * 60 / 145 + 0.4) * 30)
    assert (
        timeline_of(script=script, options={"language": "fr"}).frames
        > timeline_of(script=script).frames
    )


def test_numbered_sentences_become_rows() -> None:
    """As setup segments have them."""
    narration = "Step 1: Shuffle. Step 2: Deal two cards."
    card = timeline_of(script=[segment("setup", narration)]).scenes[0].card

    assert isinstance(card, RowsCard)
    assert card.rows == (Row("1", "Shuffle."), Row("2", "Deal two cards."))


@pytest.mark.parametrize(
    "text",
    ["Step 1: Shuffle.", "First, Step 1: a. Step 2: b.", "Step 1: a. Step 3: b.", "Words.", ""],
)
def test_other_sentences_do_not(text: str) -> None:
    """A list of one, with words before it, or with a gap is no list."""
    assert numbered_rows(text) == ()


def test_reviewed_scenes_show_their_own_text_and_pages() -> None:
    """What is said may be longer than what stands on the screen."""
    scenes = [
        {
            "id": "s1",
            "section": "turn_structure",
            "narration": "On your turn, draw two cards.",
            "on_screen_text": "Draw 2",
            "source_pages": [4, 5],
            "callouts": [{"label": "deck", "target": {"x": 0.5, "y": 0.5}}],
        }
    ]
    timeline = timeline_of(script={"scenes": scenes})
    (scene,) = timeline.scenes

    assert scene.card == StepCard("1", "of 1 · rulebook pages 4, 5", "Your turn", "Draw 2")
    assert scene.spoken == "On your turn, draw two cards."
    assert [finding.code for finding in timeline.findings] == ["callouts.no_picture"]


def test_remotion_scenes_last_so_many_frames_of_their_own_rate() -> None:
    """Thirty a second unless the script says otherwise, whatever ours is."""
    scenes = [
        {
            "id": "s1",
            "narrationText": "Light a window.",
            "sectionTitle": "Scoring",
            "imageUrls": ["a.png", "b.png"],
            "durationInFrames": 75,
            "themeBorderColor": "#E91E63",
            "visualOverlayText": "One point each",
            "stepNumber": 4,
        }
    ]
    timeline = timeline_of(script={"scenes": scenes}, options={"fps": 24})
    (scene,) = timeline.scenes

    assert scene.frames == 60
    assert timeline_of(script={"scenes": scenes, "fps": 25}).frames == 90
    assert isinstance(scene.card, StepCard)
    assert (scene.card.mark, scene.card.title, scene.card.body) == (
        "4",
        "Scoring",
        "One point each",
    )
    assert scene.section == "scoring"
    assert scene.card.border == (0xE9, 0x1E, 0x63)
    assert len(scene.card.gallery) == 2
    assert timeline.findings == ()


def test_a_template_tells_its_goals_its_steps_and_its_last_word() -> None:
    """A step's action and what to expect stand on its card."""
    script = {
        "game": "Moss",
        "title": "How to play Moss",
        "objectives": ["Build a hill", "Score it"],
        "steps": [{"title": "Draw", "narration": ["Draw", "a tile."], "action": "Draw one"}],
        "outro": "Go and grow some.",
    }
    timeline = timeline_of(script=script)
    opening, goals, step, end = timeline.scenes

    assert opening.card == TitleCard("How to play Moss", "Moss", "1 step")
    assert isinstance(goals.card, RowsCard)
    assert goals.card.rows == (Row("1", "Build a hill"), Row("2", "Score it"))
    assert goals.spoken == "Build a hill. Score it."
    assert step.spoken == "Draw a tile."
    assert end.card == EndCard("Go and grow some.", "How to play Moss")


def test_a_script_without_members_is_refused() -> None:
    """There would be nothing to render."""
    with pytest.raises(PreviewError, match="at least one segment") as refused:
        timeline_of(script={"segments": []})
    assert refused.value.code is ErrorCode.PAYLOAD
