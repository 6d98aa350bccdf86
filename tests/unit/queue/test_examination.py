"""What INFO and TIME tell is judged: what breaks a queue fails, what endangers it warns."""

from __future__ import annotations

import pytest

from preview_worker.queue.examination import (
    Severity,
    judge_clock,
    judge_memory,
    judge_persistence,
    judge_version,
)


@pytest.mark.parametrize(
    ("version", "severity"),
    [
        ("3.2.12", Severity.FAILURE),
        ("4.0.14", Severity.FAILURE),
        ("5.0.0", Severity.WARNING),
        ("6.0.16", Severity.WARNING),
        ("6.2.14", Severity.FINE),
        ("8.6.3", Severity.FINE),
        ("10.0.0", Severity.FINE),
    ],
)
def test_a_version_is_judged_by_its_numbers(version: str, severity: Severity) -> None:
    """Ten is newer than five."""
    finding = judge_version({"redis_version": version})
    assert finding.severity is severity
    assert version in finding.detail


@pytest.mark.parametrize(
    ("policy", "limit", "severity"),
    [
        ("noeviction", "1000", Severity.FINE),
        ("allkeys-lru", "1000", Severity.FAILURE),
        ("volatile-lru", "0", Severity.WARNING),
    ],
)
def test_eviction_is_judged_by_whether_it_can_happen(
    policy: str, limit: str, severity: Severity
) -> None:
    """Without a limit nothing is evicted yet."""
    finding = judge_memory({"maxmemory_policy": policy, "maxmemory": limit})
    assert finding.severity is severity
    assert policy in finding.detail


@pytest.mark.parametrize(
    ("facts", "severity"),
    [
        ({"aof_enabled": "1", "aof_last_write_status": "ok"}, Severity.FINE),
        ({"aof_enabled": "1", "aof_last_write_status": "err"}, Severity.FAILURE),
        ({"aof_enabled": "0"}, Severity.WARNING),
    ],
)
def test_persistence_is_judged(facts: dict[str, str], severity: Severity) -> None:
    """An append-only file that cannot be written is worse than none: somebody relies on it."""
    assert judge_persistence(facts).severity is severity


@pytest.mark.parametrize(
    ("skew_s", "word"), [(0.0, "within"), (-2.0, "within"), (2.1, "ahead of"), (-60.0, "behind")]
)
def test_a_clock_is_judged_with_its_direction(skew_s: float, word: str) -> None:
    """Two seconds are borne."""
    finding = judge_clock(skew_s)
    assert word in finding.detail
    assert (finding.severity is Severity.FINE) == (word == "within")


def test_what_cannot_be_seen_is_a_warning() -> None:
    """A user who may not ask is no reason to stop."""
    for judge in (judge_version, judge_memory, judge_persistence):
        assert judge({}).severity is Severity.WARNING
