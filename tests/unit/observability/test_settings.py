"""Settings of logs and health are checked where they are made."""

from __future__ import annotations

import pytest

from preview_worker.observability import HealthSettings, LogSettings


@pytest.mark.parametrize(
    ("level", "number"), [("info", 20), ("WARN", 30), ("trace", 10), ("fatal", 50)]
)
def test_levels_of_node_and_python_are_known(level: str, number: int) -> None:
    """LOG_LEVEL keeps the values that deployments already have."""
    assert LogSettings(level=level).number == number


def test_an_unknown_level_is_refused_with_the_known_ones() -> None:
    """The sentence says what would be right."""
    with pytest.raises(ValueError, match="'loud' is not one of trace, debug, info"):
        LogSettings(level="loud")


def test_a_time_of_zero_is_refused_by_name() -> None:
    """No wait at all would make every probe a guess."""
    with pytest.raises(ValueError, match="ask_timeout_s must be more than 0, but is 0"):
        HealthSettings(ask_timeout_s=0)
