"""Pauses between attempts follow the producer's rule."""

from __future__ import annotations

import pytest

from preview_worker.queue.backoff import DEFAULT_DELAY_MS, MAX_DELAY_MS, backoff_ms

EXPONENTIAL = {"type": "exponential", "delay": 1000}


def test_the_upstream_rule_doubles_from_a_second() -> None:
    """1, 2, 4 and 8 s between the five tries."""
    assert [backoff_ms(EXPONENTIAL, failures) for failures in (1, 2, 3, 4)] == [
        1000,
        2000,
        4000,
        8000,
    ]


@pytest.mark.parametrize(
    ("rule", "failures", "pause_ms"),
    [
        (None, 1, 0),
        (250, 3, 250),
        (0, 1, 0),
        (12.6, 1, 13),
        ({"type": "fixed", "delay": 70}, 4, 70),
        ({"type": "fixed"}, 1, 0),
        ({"type": "exponential"}, 3, 0),
        ({"type": "house-rule", "delay": 10}, 3, 40),
        ({"type": "house-rule"}, 2, 2 * DEFAULT_DELAY_MS),
        ({"type": "exponential", "delay": "soon"}, 1, 0),
        ("soon", 1, 0),
        (True, 1, 0),
        (float("inf"), 1, 0),
        (EXPONENTIAL, 500, MAX_DELAY_MS),
    ],
)
def test_every_shape_of_rule_gives_a_pause(rule: object, failures: int, pause_ms: int) -> None:
    """What is not understood costs no attempt and no exception."""
    assert backoff_ms(rule, failures) == pause_ms


@pytest.mark.parametrize("rule", [-1, {"type": "fixed", "delay": -1}])
def test_a_negative_delay_means_no_further_attempt(rule: object) -> None:
    """That is how a BullMQ strategy gives a job up."""
    assert backoff_ms(rule, 1) is None


@pytest.mark.parametrize(("draw", "pause_ms"), [(0.0, 1500), (0.5, 1750), (0.999, 1999)])
def test_jitter_leaves_its_share_to_chance(draw: float, pause_ms: int) -> None:
    """A quarter of two seconds lies between 1.5 and 2."""
    assert backoff_ms({**EXPONENTIAL, "jitter": 0.25}, 2, draw=lambda: draw) == pause_ms


def test_jitter_beyond_one_is_taken_as_one() -> None:
    """The pause is never negative."""
    assert backoff_ms({**EXPONENTIAL, "jitter": 7}, 1, draw=lambda: 0.0) == 0
