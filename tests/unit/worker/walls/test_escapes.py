"""Every way out of the walls is tried by a real process, and is open where there are none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from preview_worker.worker.walls import Attempt, attempt_escapes
from preview_worker.worker.walls.escapes import ESCAPES
from preview_worker.worker.yard import Yard, open_yard
from tests.unit.worker.walls.behind import an_enclosure, call_apart

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the walls are those of Linux"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning"),
]

SHUT_ANYWAY = {
    "call by other numbers",
    "change an owner",
    "change the root folder",
    "connect over TCP, version 6",
    "enter a new user namespace",
    "load a kernel filter",
    "make a device",
    "mount a file system",
    "open a key ring",
    "open the worker's memory",
    "read the worker's environment",
    "read the worker's memory",
    "run a program from memory",
    "set up io_uring",
    "trace the worker",
}
"""What may be shut without any walls: to users without privileges, by a container's profile, or
because the kernel was built without it."""


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    """A yard with doors that are open."""
    with open_yard(tmp_path_factory.mktemp("y")) as opened:
        yield opened


@pytest.fixture(scope="module")
def tried(yard: Yard) -> dict[str, Attempt]:
    """What came of every attempt behind the walls."""
    return _tried(yard, walls=True)


@pytest.mark.parametrize("way", ESCAPES)
def test_the_walls_deny(tried: dict[str, Attempt], way: str) -> None:
    """By the kernel's own word."""
    assert tried[way].denied, tried[way].said


def test_there_are_ways_enough() -> None:
    """At least twenty-five, each by its name."""
    assert len(ESCAPES) >= 25


def test_every_way_is_open_without_walls(tmp_path: Path) -> None:
    """Otherwise trying them would prove nothing. The yard is another: they leave traces."""
    with open_yard(tmp_path) as opened:
        without = _tried(opened, walls=False)

    assert {name for name, attempt in without.items() if attempt.denied} <= SHUT_ANYWAY


def _tried(yard: Yard, *, walls: bool) -> dict[str, Attempt]:
    enclosure = an_enclosure(yard.inside, yard.assets) if walls else None

    def try_all() -> list[dict[str, Any]]:
        return [asdict(attempt) for attempt in attempt_escapes(yard.escapes)]

    return {told["name"]: Attempt(**told) for told in call_apart(try_all, enclosure)}
