"""Placed pictures: their layers and their times."""

from __future__ import annotations

from typing import Any

import pytest

from preview_worker.render.model import Region, StagedCard
from preview_worker.render.timeline.visuals import WHOLE, region_of
from tests.unit.render.jobs import timeline_of
from tests.unit.render.timeline.lively import (
    ASSETS,
    PLACE,
    codes,
    record,
    visual_of,
    visual_timeline,
)


def card_of(*visuals: dict[str, Any], **fields: Any) -> StagedCard:
    """Return the card of a scene of four seconds with placed things on it."""
    placed = [{"assetId": "board", "placement": PLACE, **visual} for visual in visuals]
    scene = {"durationSec": 4, "visuals": placed, **fields}
    card = timeline_of(storyboard={"scenes": [scene]}, assets=ASSETS).scenes[0].card
    assert isinstance(card, StagedCard)
    return card


def test_a_visual_is_on_for_its_own_time() -> None:
    """Up to the end of the scene where it names no end."""
    timed = visual_of(startSec=1, endSec=2)

    assert (timed.start_frame, timed.end_frame) == (30, 60)
    assert (visual_of().start_frame, visual_of().end_frame) == (0, None)
    assert visual_of(endSec=9).end_frame is None


@pytest.mark.parametrize("fields", [{"startSec": 5}, {"startSec": 2, "endSec": 1}])
def test_a_visual_without_time_is_shown_all_the_same(fields: dict[str, Any]) -> None:
    """That is told."""
    alive = visual_of(**fields)

    assert (alive.start_frame, alive.end_frame) == (0, None)
    assert codes(visual_timeline(**fields)) == ["visual.times"]


def test_visuals_stand_by_their_layers() -> None:
    """In the order of the list where these are equal; overlays may have a layer too."""
    overlay = {"text": "Draw.", "placement": PLACE, "layer": 2}
    card = card_of({"layer": 5}, {"layer": 1}, {}, overlays=[overlay])

    assert [one.layer for one in card.pictures] == [0, 1, 5]
    assert [text.layer for text in card.texts] == [2]


def test_a_thing_without_a_placement_stands_across_the_middle() -> None:
    """One with too large a placement is cut to what can be seen of it."""
    assert region_of(record()) == WHOLE
    assert region_of(record(placement={"x": -9, "width": 50})) == Region(
        -1.0, WHOLE.y, 2.0, WHOLE.height
    )
