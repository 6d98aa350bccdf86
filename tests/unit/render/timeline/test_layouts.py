"""Layout hints are followed, under the names that producers give them."""

from __future__ import annotations

from typing import Any

import pytest

from preview_worker.contract import PreviewError
from preview_worker.render.model import RowsCard, StepCard
from preview_worker.render.paint.arrangement import COMPOSITIONS
from preview_worker.render.timeline.fields import Located
from preview_worker.render.timeline.layouts import layout_of
from tests.unit.render.jobs import timeline_of


def _card(**step: Any) -> StepCard:
    assets = [
        {"id": "board", "path": "board.png", "name": "The board"},
        {"id": "gem", "path": "gem.png", "name": "gem.png"},
    ]
    card = timeline_of(steps=[{"title": "T", **step}], assets=assets).scenes[1].card
    assert isinstance(card, StepCard)
    return card


@pytest.mark.parametrize(
    ("layout", "name"),
    [
        ("fullBleed", "fullBleed"),
        ("full-bleed", "fullBleed"),
        ("image_left_text_right", "imageLeftTextRight"),
        ({"type": "topImageBottomText"}, "topImageBottomText"),
        ("split-teaching", "imageRightTextLeft"),
        ("CENTRE FOCUS", "centerFocus"),
        ("spiral", "spiral"),
        (None, ""),
        (7, "7"),
    ],
)
def test_a_layout_is_read_in_many_spellings(layout: object, name: str) -> None:
    """One that nobody knows comes back as it is."""
    assert layout_of(Located({"layout": layout}, "/here")) == name


def test_every_composition_can_be_asked_for_by_its_name() -> None:
    """As the documents list them."""
    for name in COMPOSITIONS:
        assert layout_of(Located({"layout": name}, "/here")) == name


def test_several_pictures_are_all_shown_with_their_captions() -> None:
    """A file's name is no caption."""
    gallery = _card(imageAssetIds=["board", "gem", {"path": "x.png", "label": "Dice"}]).gallery

    assert [one.caption for one in gallery] == ["The board", "", "Dice"]
    assert [one.picture and one.picture.candidates for one in gallery] == [
        ("board.png",),
        ("gem.png",),
        ("x.png",),
    ]


def test_a_single_picture_needs_no_gallery() -> None:
    """It is the picture of the step."""
    card = _card(imageUrls=["board"], layout="fullBleed", themeBorderColor="#E91E63")

    assert card.gallery == ()
    assert card.picture is not None
    assert card.layout == "fullBleed"
    assert card.border == (0xE9, 0x1E, 0x63)


def test_a_picture_that_nobody_has_is_refused() -> None:
    """Among several as alone."""
    with pytest.raises(PreviewError, match="'ghost'"):
        _card(imageUrls=["board", "ghost"])


def test_components_with_pictures_show_them() -> None:
    """The rows carry them to the page."""
    game = {"name": "Moss", "components": [{"name": "Gem", "quantity": 3, "image": "gem.png"}]}
    cards = [scene.card for scene in timeline_of(game=game).scenes]
    rows = [row for card in cards if isinstance(card, RowsCard) for row in card.rows]

    assert [row.picture.candidates for row in rows if row.picture] == [("gem.png",)]
