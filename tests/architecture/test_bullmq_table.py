"""The comparison with BullMQ names a test for what it says of this worker, and the test exists."""

from __future__ import annotations

import re

import pytest

from tests.architecture.tree import ROOT

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "bullmq.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("|") and not line.startswith(("| feature", "|---"))
]
UNTESTED = ("left to Node", "no")
"""What may stand in our column without a test."""


def test_there_are_rows() -> None:
    """A table that is not found proves nothing."""
    assert len(ROWS) > 40
    assert {len(row) for row in ROWS} == {5}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_row_names_tests_that_exist(row: list[str]) -> None:
    """Or says that the feature is not ours."""
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", row[4])
    if not named:
        assert row[3] in UNTESTED
        assert row[4] == "–"
    for path, test in named:
        text = (ROOT / "tests" / path).read_text(encoding="utf-8")
        assert re.search(rf"^(async )?def {test}\(", text, re.MULTILINE), f"{path} lacks {test}"
