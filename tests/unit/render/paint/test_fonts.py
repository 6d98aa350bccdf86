"""Only the fonts of the package are used, and what they lack is known."""

from __future__ import annotations

from preview_worker.render.paint.fonts import load_fonts
from preview_worker.render.paint.text import Style, typeset
from preview_worker.render.palette import WHITE


def test_text_and_emoji_can_be_drawn() -> None:
    """French, typography, and emoji sequences."""
    assert load_fonts().missing("Œuvre « d’été » – 5 × 3… 🎲👩\u200d👩\u200d👧🇫🇷1️⃣") == ""


def test_characters_without_a_glyph_are_named_once() -> None:
    """They would be drawn as boxes."""
    assert load_fonts().missing("中文中 ok") == "中文"


def test_weights_are_distinct() -> None:
    """Bold is wider than regular: the three files are three faces."""
    widths = [
        typeset("Hamburgefonts", Style(WHITE, weight), 80, 9000).longest
        for weight in (400, 600, 700)
    ]

    assert widths == sorted(set(widths))
