"""Limits that leave nothing to render with are refused."""

from __future__ import annotations

import pytest

from preview_worker.render import RenderSettings


@pytest.mark.parametrize("name", ["max_width_px", "max_duration_s", "encoder_threads"])
def test_every_limit_is_at_least_one(name: str) -> None:
    """The message names the limit."""
    with pytest.raises(ValueError, match=name):
        RenderSettings(**{name: 0})  # type: ignore[arg-type] # the names are those of numbers
