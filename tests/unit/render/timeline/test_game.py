"""A game description becomes a whole tutorial, in the language that was asked for."""

from __future__ import annotations

from typing import Any

import pytest

from preview_worker.render.model import EndCard, Row, RowsCard, StepCard, Timeline, TitleCard
from preview_worker.render.timeline.sections import section_name
from preview_worker.render.timeline.telling import TELLINGS, enumerated, inside, sentence
from tests.unit.render.jobs import timeline_of

GAME: dict[str, Any] = {
    "gameId": "moss",
    "gameName": "Moss",
    "playerCount": {"min": 2, "max": 4},
    "duration": "20 minutes",
    "designer": "A. Fern",
    "objective": "Grow the greenest hill.",
    "components": [{"name": "Moss tiles", "quantity": 40}, {"name": "Rulebook"}],
    "setup": ["Shuffle the tiles.", "Deal three to everyone."],
    "turnStructure": {
        "phases": ["Draw", "Place"],
        "description": "Draw a tile, then place it.",
        "endCondition": "The game ends with the last tile.",
    },
    "coreMechanic": {"name": "Neighbours", "description": "Like grows beside like."},
    "scoring": {
        "description": "Look at your hill. A row of three scores 5 points. A pair scores 2 points.",
        "winCondition": "Most points wins.",
    },
    "edgeCases": ["Stones never grow."],
}
ORDER = [
    *("hook", "game_identity", "objective", "components", "setup", "turn_structure"),
    *("core_mechanic", "scoring", "edge_cases", "recap", "end_card"),
]


def told(language: str = "en", **changes: Any) -> Timeline:
    """Return the tutorial of a game."""
    return timeline_of(game={**GAME, **changes}, options={"language": language})


def rows_of(timeline: Timeline, section: str) -> tuple[Row, ...]:
    """Return the rows of a section."""
    (card,) = (scene.card for scene in timeline.scenes if scene.section == section)
    assert isinstance(card, RowsCard)
    return card.rows


def test_every_part_of_a_tutorial_is_written() -> None:
    """From the welcome to the end card, in a teacher's order."""
    timeline = told()

    assert [scene.section for scene in timeline.scenes] == ORDER
    assert all(scene.spoken for scene in timeline.scenes)
    assert timeline.findings == ()
    assert timeline.title == "Moss"


def test_the_first_and_the_last_card_name_the_game() -> None:
    """With what matters to somebody who chooses a game."""
    cards = [scene.card for scene in told().scenes]

    assert isinstance(cards[0], TitleCard)
    assert (cards[0].title, cards[0].facts) == ("Moss", "2–4 players · 20 minutes")
    assert cards[-1] == EndCard("You’re all set!", "Moss")


def test_quantities_steps_and_points_stand_before_their_words() -> None:
    """So that they are seen at a glance."""
    timeline = told()

    assert rows_of(timeline, "components") == (Row("40", "Moss tiles"), Row("", "Rulebook"))
    assert rows_of(timeline, "setup")[1] == Row("2", "Deal three to everyone.")
    assert rows_of(timeline, "turn_structure")[2] == Row("End", "The game ends with the last tile.")
    assert rows_of(timeline, "scoring") == (
        Row("5", "A row of three scores 5 points."),
        Row("2", "A pair scores 2 points."),
        Row("★", "Most points wins."),
    )


def test_what_is_said_is_whole_sentences() -> None:
    """A narrator can read them as they are."""
    spoken = {scene.section: scene.spoken for scene in told().scenes}

    assert spoken["game_identity"] == (
        "Moss is a game for 2–4 players. One game takes 20 minutes. It was designed by A. Fern."
    )
    assert spoken["components"] == "In the box you will find 40 moss tiles and rulebook."
    assert (
        spoken["core_mechanic"] == "At the heart of the game: Neighbours. Like grows beside like."
    )


def test_a_tutorial_speaks_french() -> None:
    """With the spaces that France puts before its marks."""
    timeline = told("fr-FR", duration=20)
    card = timeline.scenes[0].card

    assert isinstance(card, TitleCard)
    assert card.facts == "2 à 4 joueurs · 20 minutes"
    assert timeline.scenes[4].title == "Mise en place"
    assert timeline.scenes[-1].spoken.endswith("Bonne partie\u202f!")
    assert rows_of(timeline, "turn_structure")[2].mark == "Fin"


@pytest.mark.parametrize(
    ("part", "section", "named"),
    [
        ("objective", "objective", "objective"),
        ("components", "components", "components"),
        ("turnStructure", "turn_structure", "turnStructure"),
        ("coreMechanic", "core_mechanic", "coreMechanic"),
    ],
)
def test_a_part_that_is_missing_is_left_out_and_told(part: str, section: str, named: str) -> None:
    """The others are counted without it."""
    timeline = timeline_of(game={**GAME, part: None})
    (finding,) = timeline.findings

    assert section not in [scene.section for scene in timeline.scenes]
    assert finding.code == "game.part_missing"
    assert named in finding.message
    assert isinstance(timeline.scenes[2].card, StepCard | RowsCard)
    assert timeline.scenes[2].card.of == "of 6"


def test_an_empty_game_still_has_an_opening_and_an_end() -> None:
    """Every part is told to be missing."""
    timeline = timeline_of(title="Moss", game={})

    assert [scene.kind for scene in timeline.scenes] == ["title", "end"]
    assert len(timeline.findings) == 6


@pytest.mark.parametrize(
    ("count", "facts"),
    [
        ({"min": 3, "max": 3}, "3 players"),
        ({"min": 1, "max": 1}, "1 player"),
        ({"min": 2}, "2 players or more"),
        ("2-5", "2–5 players"),
        (4, "4 players"),
    ],
)
def test_players_are_counted_however_they_are_written(count: object, facts: str) -> None:
    """One number, two, or a range as text."""
    card = told(playerCount=count, duration=None).scenes[0].card

    assert isinstance(card, TitleCard)
    assert card.facts == facts


def test_parts_may_be_told_in_plain_text() -> None:
    """Not every producer has an object for everything."""
    timeline = told(
        turnStructure="Draw, then place.", scoring="Count your hill.", coreMechanic="Like to like."
    )
    spoken = {scene.section: scene.spoken for scene in timeline.scenes}

    assert spoken["turn_structure"] == "Draw, then place."
    assert spoken["scoring"] == "Count your hill."
    assert spoken["core_mechanic"] == "Like to like."


def test_mechanics_of_the_second_rank_have_a_scene_of_their_own() -> None:
    """After the first."""
    timeline = told(secondaryMechanics=[{"name": "Rain", "description": "It doubles a row."}])

    assert timeline.scenes[7].id == "segment-secondary_mechanics"
    assert timeline.scenes[7].spoken == "Rain: It doubles a row."


@pytest.mark.parametrize(
    ("texts", "joined"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists_are_joined_as_a_sentence_does(texts: list[str], joined: str) -> None:
    """With a word before the last."""
    assert enumerated(texts, TELLINGS["en"]) == joined


def test_words_fit_into_sentences() -> None:
    """A full stop where none is, a small letter where a name begins with a common word."""
    assert [sentence(text) for text in ("a", "a!", "")] == ["a.", "a!", ""]
    assert [inside(text) for text in ("Gem cards", "VP tokens", "")] == [
        "gem cards",
        "VP tokens",
        "",
    ]


def test_every_section_has_a_name_in_every_language() -> None:
    """No heading is left empty."""
    assert all(section_name(name, language) for name in ORDER for language in TELLINGS)
