"""Pages of Arabic and Hebrew are laid out from the right."""

from __future__ import annotations

import pytest

from preview_worker.render.model import Colour, PictureRef
from preview_worker.render.paint import Painter, Spread
from preview_worker.render.paint.ink import ink_box
from preview_worker.render.paint.mirror import mirrored, reads_from_right
from preview_worker.render.paint.page import (
    Box,
    Ground,
    Hexagon,
    Page,
    Pointing,
    Signs,
    Slot,
    Words,
)
from preview_worker.render.paint.text import Style, typeset
from tests.unit.render.jobs import config_of, timeline_of

GROUND = Ground(Colour(0, 0, 0))
ARABIC = "ضع اللوحة في منتصف الطاولة"


def words(text: str, x: float, width: float) -> Words:
    """Return ``text`` in a box ``width`` wide."""
    return Words(typeset(text, Style(), 40, width), Box(x, 0, width, 100))


def planned(index: int, **request: object) -> Spread:
    """Return the pages of a scene."""
    timeline = timeline_of(**request)
    painter = Painter(timeline.profile, lambda _: pytest.fail("no pictures"), timeline.look, "ar")
    return painter.plan(timeline.scenes[index])


def test_most_of_the_words_decide() -> None:
    """A page without any reads from the left."""
    name = words("Catan", 0, 400)

    assert reads_from_right(Page(GROUND, (words(ARABIC, 0, 800), name)))
    assert not reads_from_right(Page(GROUND, (name,)))
    assert not reads_from_right(Page(GROUND, ()))


def test_what_stood_at_the_left_stands_at_the_right() -> None:
    """As far from its side as before, and what points goes with its picture."""
    slot = Slot(PictureRef(("a.png",), "/a"), Box(900, 0, 80, 60))
    page = Page(GROUND, (Hexagon(100, 5, 20, Colour(1, 2, 3)), slot, Pointing(slot, ())))
    tile, shown, pointing = mirrored(page, 1000).items

    assert isinstance(tile, Hexagon)
    assert isinstance(shown, Slot)
    assert isinstance(pointing, Pointing)
    assert tile.x == 900
    assert (shown.box.x, shown.box.width) == (20, 80)
    assert pointing.on == shown


def test_all_texts_start_from_the_same_side() -> None:
    """Those that read from the left end there."""
    page = Page(GROUND, (words(ARABIC, 100, 800), words("Catan", 100, 800)))
    edges = [ink_box(item).right for item in mirrored(page, 1000).items if isinstance(item, Words)]

    assert edges == pytest.approx([900, 900], abs=1)


def test_settled_signs_are_refused() -> None:
    """They are found on the page as it is."""
    with pytest.raises(TypeError, match="settled"):
        mirrored(Page(GROUND, (Signs(Box(0, 0, 1, 1), ()),)), 1000)


def test_an_arabic_step_has_its_mark_at_the_right() -> None:
    """And its words below it."""
    (page,) = planned(1, steps=[{"title": ARABIC, "text": ARABIC}]).pages
    texts = [item for item in page.items if isinstance(item, Words) and item.role != "badge"]
    tile = max((item for item in page.items if isinstance(item, Hexagon)), key=lambda t: t.alpha)

    assert tile.x > 1920 / 2
    assert all(ink_box(text).right == pytest.approx(1920 - 120, abs=2) for text in texts)


def test_what_a_producer_placed_stays() -> None:
    """On a composed scene."""
    overlay = {"type": "body", "position": "center", "text": ARABIC}
    (page,) = planned(0, renderConfig=config_of({"id": "s", "overlays": [overlay]})).pages
    (text,) = [item for item in page.items if isinstance(item, Words)]
    box = ink_box(text)

    assert box.x + box.width / 2 == pytest.approx(960, abs=2)
