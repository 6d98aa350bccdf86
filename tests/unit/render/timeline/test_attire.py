"""The theme is the producer's choice."""

from __future__ import annotations

import pytest

from tests.unit.render.jobs import timeline_of


@pytest.mark.parametrize(
    ("options", "theme"),
    [({}, "dark"), ({"theme": "light"}, "light"), ({"theme": " Dark "}, "dark")],
)
def test_the_theme_is_the_one_that_is_asked_for(options: dict[str, str], theme: str) -> None:
    """Dark where none is."""
    timeline = timeline_of(options=options, steps=["A step."])

    assert timeline.look.theme == theme
    assert timeline.findings == ()


def test_an_unknown_theme_is_told_and_the_dark_one_used() -> None:
    """With the names that are known."""
    timeline = timeline_of(options={"theme": "neon"}, steps=["A step."])
    (finding,) = timeline.findings

    assert timeline.look.theme == "dark"
    assert (finding.code, finding.suggestion) == ("theme.unknown", "Ask for dark or light.")
