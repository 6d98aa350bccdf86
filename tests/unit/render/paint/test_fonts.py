"""Only the fonts of the package are used, and what they lack is known."""

from __future__ import annotations

import hashlib

import pytest

from preview_worker.render.paint.fonts import FOLDER, families, load_fonts
from preview_worker.render.paint.text import Style, typeset
from preview_worker.render.palette import WHITE

TEXTS = {
    "typography": "Œuvre « d’été » – 5 × 3… ½ № 20\u202f€",
    "emoji": "🎲👩\u200d👩\u200d👧🇫🇷1️⃣❤️\u200d🔥🏴󠁧󠁢󠁳󠁣󠁴󠁿👍🏽",
    "Cyrillic and Greek": "Правила игры, κανόνες",
    "Japanese": "「将棋」の遊び方、ｶﾀｶﾅ！々〆ヶ",
    "simplified": "轮到你时，掷骰子——然后收集资源……",
    "traditional": "輪到你時，擲骰子。「開局」戶骨",
    "Korean": "자신의 차례에는 카드를 뽑습니다. 뷁",
    "Arabic": "ضع اللوحة في منتصف الطاولة، ثم ۱۲۳ پچگ؟",
    "Hebrew": "הַנִּיחוּ אֶת הַלּוּחַ",
    "Thai": "วางกระดานไว้กลางโต๊ะ ๑๒๓",
    "Devanagari": "बोर्ड को मेज़ के बीच में रखें।",
    "Bengali and Tamil": "বোর্ডটি মাঝখানে রাখুন பலகையை வைக்கவும்",
    "Armenian and Georgian": "Խաղատախտակը դրեք სათამაშო დაფა",
    "arrows": "←↑→↓↔⇐⇒⇔↺↻⟶",
    "games": "♠♥♦♣♡♢♤♧⚀⚁⚂⚃⚄⚅♔♕♖♗♘♙♚♛♜♝♞♟⛀⛂🂡🃏🀄🁣⚑⚐⚔☠⚓",
    "marks": "①②⑳ⓐ★☆✓✗✔✘☐☑☒●○■□▲▼◆◇⬡⬢♪♫☀☂☃☘∞≤≥≠±√∑",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_text_of_many_scripts_can_be_drawn(text: str) -> None:
    """No character of it would be a box."""
    assert load_fonts().missing(text) == ""


@pytest.mark.parametrize(
    ("first", "last"),
    [(0x4E00, 0x9FA5), (0x3041, 0x3096), (0x30A0, 0x30FF), (0xAC00, 0xD7A3), (0xFF01, 0xFF9F)],
)
def test_east_asian_blocks_are_there_as_a_whole(first: int, last: int) -> None:
    """Ideographs of the first standard, kana, Hangul, wide and narrow forms."""
    assert load_fonts().missing("".join(map(chr, range(first, last + 1)))) == ""


def test_characters_without_a_glyph_are_named_once() -> None:
    """They would be drawn as boxes."""
    assert load_fonts().missing("ᚠꦗᚠ ok") == "ᚠꦗ"


def test_what_is_never_drawn_is_not_missing() -> None:
    """Line feeds, joiners, isolates and selectors."""
    assert load_fonts().missing("a\n\u00ad\u200b\u200d\u2060\u2067\u2069\ufe0e\ufe0f") == ""


def test_weights_are_distinct() -> None:
    """Bold is wider than regular: the three files are three faces."""
    widths = [
        typeset("Hamburgefonts", Style(WHITE, weight), 80, 9000).longest
        for weight in (400, 600, 700)
    ]

    assert widths == sorted(set(widths))


def test_east_asian_text_asks_its_own_font_first() -> None:
    """For its wide quotes and dashes; any other text asks for letters first."""
    assert "CJK" in families("轮到你时")[0]
    assert families("Catan — カ")[0] == families("لعبة")[0] == "Inter"


@pytest.mark.parametrize(
    ("text", "stretches"),
    [
        ("no such thing", [("no such thing", "")]),
        ("I ❤️ it", [("I ", ""), ("❤️", "Noto Color Emoji"), (" it", "")]),
        ("1️⃣👍🏽", [("1️⃣👍🏽", "Noto Color Emoji")]),
        ("♠♥", [("♠♥", "Noto Sans Symbols2")]),
        ("①⑳", [("①⑳", "Noto Sans Symbols")]),
        ("क\u094d\u200dष", [("क\u094d\u200dष", "")]),
    ],
)
def test_sequences_and_sets_ask_the_font_that_has_all(
    text: str, stretches: list[tuple[str, str]]
) -> None:
    """Emoji that begin like a letter, suits and circled numbers; joiners within words do not."""
    assert load_fonts().stretches(text) == stretches


def test_the_fonts_are_those_that_were_cut() -> None:
    """SHA256SUMS, which the tool that cuts them writes, names every one with its digest."""
    lines = (FOLDER / "SHA256SUMS").read_text().splitlines()
    digests = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.glob("*.[ot]tf")
    }

    assert {name: digest for digest, name in map(str.split, lines)} == digests
