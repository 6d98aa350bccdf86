"""Pauses between attempts to deliver."""

from __future__ import annotations

import pytest

from preview_worker.webhooks import WebhookSettings
from preview_worker.webhooks.backoff import pause_s

SETTINGS = WebhookSettings()


@pytest.mark.parametrize(
    ("tries", "longest_s"), [(1, 5), (2, 20), (3, 80), (4, 320), (7, 10_800), (1000, 10_800)]
)
def test_a_pause_grows_up_to_three_hours_and_half_of_it_is_chance(
    tries: int, longest_s: float
) -> None:
    """A receiver that was away is not met by all deliveries at once."""
    assert pause_s(SETTINGS, tries, chance=lambda: 0.0) == longest_s / 2
    assert pause_s(SETTINGS, tries, chance=lambda: 1.0) == longest_s


def test_a_receiver_that_asks_for_more_is_given_it() -> None:
    """``Retry-After`` makes a pause longer, never shorter."""
    assert pause_s(SETTINGS, 1, asked_s=600.0) == 600.0
    assert pause_s(SETTINGS, 4, asked_s=1.0, chance=lambda: 1.0) == 320.0


def test_a_delivery_is_tried_about_fifteen_times_in_a_day() -> None:
    """Often enough for a short outage, and not too often for a long one."""
    age_s, tries = 0.0, 0
    while age_s <= SETTINGS.give_up_s:
        tries += 1
        age_s += pause_s(SETTINGS, tries, chance=lambda: 0.5)

    assert 10 <= tries <= 20


def test_a_claim_that_ends_before_a_post_can_is_refused() -> None:
    """Two processes would make the same delivery as a rule."""
    with pytest.raises(ValueError, match="claim_s must be above post_timeout_s"):
        WebhookSettings(claim_s=10.0)
