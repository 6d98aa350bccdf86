"""Captions are broken where a speaker would pause, and never hold more than two lines."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from preview_worker.render.captions.atoms import LINE_CHARS, LINE_WIDTH, atoms_of, width_of
from preview_worker.render.captions.lines import MAX_LINES, Caption, split_captions
from preview_worker.render.captions.pace import Pace
from preview_worker.render.wording import speak

PACE = Pace(Fraction(30))
SPOKEN = st.text(
    st.characters(codec="utf-8", categories=("L", "P", "N", "Zs", "So", "M")), max_size=300
).map(lambda text: speak(text, "en"))


def split(text: str, thrift: int = 0) -> list[tuple[str, ...]]:
    """Return the lines of the captions of ``text``."""
    return [caption.lines for caption in split_captions(atoms_of(text), PACE, thrift)]


@given(SPOKEN, st.sampled_from([0, 1, 64]))
def test_no_line_is_too_long_and_no_word_is_lost(text: str, thrift: int) -> None:
    """Two lines of 42 characters at most, and together they are the text."""
    captions = split(text, thrift)

    assert all(len(lines) <= MAX_LINES for lines in captions)
    assert all(0 < len(line) <= LINE_CHARS for lines in captions for line in lines)
    assert all(width_of(line) <= LINE_WIDTH for lines in captions for line in lines)
    kept = "".join(atom.text for atom in atoms_of(text))
    assert "".join("".join(lines) for lines in captions).replace(" ", "") == kept


def test_sentences_are_kept_apart() -> None:
    """A caption ends with its sentence where it can."""
    captions = split(
        "Shuffle the deck and deal three cards to everyone. "
        "Turn up four more and place them beside the river."
    )

    assert [" ".join(lines) for lines in captions] == [
        "Shuffle the deck and deal three cards to everyone.",
        "Turn up four more and place them beside the river.",
    ]


def test_a_long_sentence_is_broken_at_a_clause() -> None:
    """After the comma rather than within the phrase."""
    captions = split(
        "On your turn, take one card from the market by the river, "
        "then refill the market from the draw pile until it has five cards."
    )

    assert captions[0][-1].endswith("river,")


def test_a_line_may_begin_with_a_preposition() -> None:
    """Rather than be exactly as long as the other."""
    assert split("Reveal 5 cards from the draw pile onto the market board.") == [
        ("Reveal 5 cards from the draw pile", "onto the market board.")
    ]


def test_thrift_saves_captions() -> None:
    """Each caption less is a gap less, whatever its pauses are worth."""
    text = (
        "The core mechanic is Set Collection. Collect sets of matching gem colors. Each complete "
        "set of 3 same-color gems scores 5 points. Mixed pairs score 2 points each."
    )

    assert (len(split(text)), len(split(text, thrift=64))) == (3, 2)


def test_chinese_is_broken_after_its_punctuation() -> None:
    """No line begins with a mark, and none holds more than sixteen characters."""
    captions = split(
        "轮到你时、从市场拿一张牌。然后从牌堆补充市场、直到有五张牌。得分最多的玩家获胜。"
    )
    lines = [line for caption in captions for line in caption]

    assert all(len(line) <= 16 for line in lines)
    assert not any(line.startswith(("、", "。")) for line in lines)
    assert all(caption[-1].endswith(("、", "。")) for caption in captions)


def test_a_word_longer_than_a_line_is_cut_between_characters() -> None:
    """Not inside of what looks like one."""
    family = "👩\u200d👩\u200d👧"
    lines = [line for caption in split(family * 40) for line in caption]

    assert set("".join(lines).split(family)) == {""}
    assert all(line.replace(family, "") == "" for line in lines)


def test_nothing_said_is_no_caption() -> None:
    """Rather than an empty one."""
    assert split("") == []


def test_a_caption_knows_how_much_there_is_to_read() -> None:
    """Its characters without the spaces."""
    assert split_captions(atoms_of("Deal three."), PACE) == [Caption(("Deal three.",), 10)]
