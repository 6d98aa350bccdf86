"""The page on traces tells of every span and every attribute."""

from __future__ import annotations

import re
from functools import cache
from typing import get_args

import pytest

from preview_worker.events import WorkerPhase
from tests.architecture.tree import ROOT

SOURCES = sorted((ROOT / "src" / "preview_worker" / "observability" / "traces").glob("*.py"))
ATTRIBUTE = re.compile(r'"((?:messaging|bullmq|preview|server|url|http|error)\.[a-z_.]+)"')


@cache
def page() -> str:
    """Return the page."""
    return (ROOT / "docs" / "traces.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("phase", get_args(WorkerPhase))
def test_every_phase_of_the_worker_is_in_the_tree(phase: str) -> None:
    """Right below the attempt."""
    assert re.search(rf"^[├└]─ {phase}\b", page(), re.MULTILINE)


def test_every_attribute_is_told() -> None:
    """And none that is not there."""
    used = {name for path in SOURCES for name in ATTRIBUTE.findall(path.read_text())}
    told = set(
        re.findall(r"`((?:messaging|bullmq|preview|server|url|http|error)\.[a-z_.]+)`", page())
    )

    assert used
    assert told == used
