"""The engine of the simulations."""

from __future__ import annotations

from scaling.clock import Clock


def test_events_happen_by_their_time_and_then_in_the_order_of_their_plans() -> None:
    """Whoever plans first comes first in the same instant."""
    clock, seen = Clock(), []
    clock.at(2, lambda: seen.append("late"))
    clock.at(1, lambda: seen.append("one"))
    clock.at(1, lambda: seen.append("other"))
    clock.run()
    assert seen == ["one", "other", "late"]


def test_what_was_to_happen_in_the_past_happens_now() -> None:
    """Time never goes back."""
    clock, seen = Clock(), []
    clock.at(5, lambda: clock.at(1, lambda: seen.append(clock.now_s)))
    clock.run()
    assert seen == [5]


def test_what_is_done_every_period_is_done_until_the_end() -> None:
    """The first time is at once, the last one not after the end."""
    clock, seen = Clock(), []
    clock.every(15, lambda: seen.append(clock.now_s))
    clock.run(45)
    assert seen == [0, 15, 30, 45]
