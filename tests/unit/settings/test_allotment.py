"""A process counts the processors that it may really use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from preview_worker.settings.allotment import usable_processors

EIGHT = set(range(8))


@pytest.fixture(autouse=True)
def _eight_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the machine have eight."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: EIGHT, raising=False)


@pytest.mark.parametrize(
    ("quota", "usable"),
    [
        ("max 100000", 8),
        ("200000 100000", 2),
        ("150000 100000", 2),
        ("50000 100000", 1),
        ("900000 100000", 8),
        ("25000 10000\n", 3),
    ],
)
def test_a_containers_quota_counts(tmp_path: Path, quota: str, usable: int) -> None:
    """A fraction of a processor is rounded up, and nobody has more than there are."""
    (tmp_path / "cpu.max").write_text(quota)

    assert usable_processors(tmp_path) == usable


@pytest.mark.parametrize("quota", ["", "nonsense", "100000", "100000 0", "-5 100000 ü", "1 2 3"])
def test_a_quota_that_nobody_understands_is_none(tmp_path: Path, quota: str) -> None:
    """Rather than an error."""
    (tmp_path / "cpu.max").write_text(quota)

    assert usable_processors(tmp_path) == 8


def test_without_a_quota_all_processors_count(tmp_path: Path) -> None:
    """On a machine without control groups."""
    assert usable_processors(tmp_path) == 8


def test_where_nobody_is_bound_to_processors_all_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on systems that do not know of affinity; unknown counts as one."""
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert usable_processors(tmp_path) == 5

    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert usable_processors(tmp_path) == 1
