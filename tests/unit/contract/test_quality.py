"""How good a preview is, as a value that processes hand to each other."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from pydantic import TypeAdapter

from preview_worker.contract import EliteRule, EliteScore, Quality


@pytest.mark.parametrize("measured", [True, False, 0.0, 1.0, -14.2, "1920x1080", None])
def test_what_was_measured_survives_the_way_from_a_render_process(
    measured: bool | float | str | None,  # noqa: FBT001 -- the value under test
) -> None:
    """As JSON, and read again: a yes stays a yes and a number a number."""
    rule = EliteRule("V1", 0, 40, "HARD_FAIL", "failed", measured, "at least 1", "Mend it.")
    quality = Quality(1, 2, 3, EliteScore("1.1.0", 0, 40, 0, (rule,), "ab12"))
    read = TypeAdapter(Quality).validate_python(json.loads(json.dumps(asdict(quality))))

    assert read == quality
    assert type(read.elite.rules[0].measured) is type(measured)
