"""Instants that come without an offset, wherever the server stands."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from preview_worker.api.audit import DeedFilter
from preview_worker.api.instants import instant, milliseconds

NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001 -- what a query without an offset is read as
AT_MS = 1_767_225_600_000


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the server stand five hours from Greenwich."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Etc/GMT-5")
        time.tzset()
        yield
    time.tzset()


def test_an_instant_without_an_offset_is_one_of_utc() -> None:
    """As all instants in answers are."""
    assert milliseconds(NAIVE) == milliseconds(NAIVE.replace(tzinfo=UTC)) == AT_MS


def test_the_audit_log_is_asked_in_utc_too() -> None:
    """Both bounds of a list of deeds."""
    selection = DeedFilter(since=NAIVE, until=NAIVE).selection

    assert (selection.since_ms, selection.until_ms) == (AT_MS, AT_MS)


def test_an_instant_that_is_told_is_read_as_the_same() -> None:
    """There and back."""
    assert milliseconds(instant(AT_MS)) == AT_MS
