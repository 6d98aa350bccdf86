"""Guesses are slowed down, and friends are not."""

from __future__ import annotations

from preview_worker.api.throttle import Throttle


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        """Begin at zero."""
        self.now_s = 0.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now_s


def test_some_failures_cost_nothing() -> None:
    """People mistype."""
    throttle = Throttle(3, 10, Clock())
    for _ in range(2):
        throttle.note_failure("a")

    assert throttle.wait_s("a") == 0


def test_after_that_each_attempt_has_to_be_waited_for() -> None:
    """One more is allowed in every so many seconds."""
    clock = Clock()
    throttle = Throttle(3, 10, clock)
    for _ in range(3):
        throttle.note_failure("a")

    assert throttle.wait_s("a") == 10
    clock.now_s = 9
    assert throttle.wait_s("a") == 1
    clock.now_s = 10
    assert throttle.wait_s("a") == 0
    throttle.note_failure("a")
    assert throttle.wait_s("a") == 10


def test_one_address_does_not_pay_for_another() -> None:
    """Each has a record of its own."""
    throttle = Throttle(1, 10, Clock())
    throttle.note_failure("a")

    assert throttle.wait_s("a") == 10
    assert throttle.wait_s("b") == 0


def test_a_right_key_clears_the_record() -> None:
    """Whoever has one is no guesser."""
    throttle = Throttle(2, 10, Clock())
    throttle.note_failure("a")
    throttle.forget("a")
    throttle.note_failure("a")

    assert throttle.wait_s("a") == 0


def test_the_records_of_many_addresses_are_bounded() -> None:
    """An attacker with many addresses does not fill the memory."""
    throttle = Throttle(1, 10, Clock())
    for number in range(20_000):
        throttle.note_failure(str(number))

    assert throttle.wait_s("0") == 0
    assert throttle.wait_s("19999") == 10
