"""Scenes that the producer laid out, with colours of the producer's own."""

from __future__ import annotations

import pytest

from preview_worker.render.paint import Painter
from tests.unit.render.jobs import config_of, timeline_of


def _no_picture(ref: object) -> None:
    raise AssertionError(ref)


@pytest.mark.parametrize(
    ("ground", "ink"),
    [
        ("#1e1b4b", "#a78bfa"),
        ("#162044", "#60a5fa"),
        ("#1a2332", "#34d399"),
        ("#f8fafc", "#475569"),
    ],
)
def test_the_pill_of_a_badge_makes_way_for_its_colour(ground: str, ink: str) -> None:
    """Colours that barely stand out from the scene's ground are read on the pill."""
    badge = {"type": "badge", "position": "top", "text": "STEP 1", "fontColor": ink}
    timeline = timeline_of(renderConfig=config_of({"background": ground, "overlays": [badge]}))
    painter = Painter(timeline.profile, _no_picture)  # type: ignore[arg-type]  # it shows none
    (page,) = painter.plan(timeline.scenes[0]).pages

    (legibility,) = painter.legibility(page)
    assert legibility.ratio >= 7
