"""Every fault has a row, what comes of it, and a test that exists or a reason why there is none."""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.tree import ROOT, parsed

COLUMNS = 4
COUNTS = {"P": 15, "R": 19, "D": 11, "X": 13, "T": 2, "A": 9, "S": 4}
IDS = [f"{kind}{number}" for kind, count in COUNTS.items() for number in range(1, count + 1)]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "faults.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("|") and not line.startswith(("| id", "|---"))
]
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")
REASON = re.compile(r"Not \w+: .+\.")


def test_every_fault_has_a_row() -> None:
    """In the order of the ids, and no row besides them."""
    assert [row[0] for row in ROWS] == IDS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_row_names_tests_that_exist(row: list[str]) -> None:
    """Or says in a sentence why nothing is tested here."""
    assert len(row) == COLUMNS
    assert all(row)
    named = NAMED.findall(row[3])
    assert (", ".join(f"`{path}::{test}`" for path, test in named) == row[3]) != bool(
        REASON.fullmatch(row[3])
    ), row[3]
    for path, test in named:
        assert test in _tests_in(path), f"{path} lacks {test}"


def _tests_in(path: str) -> set[str]:
    """Return the names of a file's tests; parametrised ones have one name."""
    return {
        node.name
        for node in parsed(ROOT / "tests" / path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    }
