"""When a delivery that failed is tried again."""

from __future__ import annotations

import random
from collections.abc import Callable

from preview_worker.webhooks.settings import WebhookSettings

_GROWTH = 4.0
_MOST_GROWN = 16


def pause_s(
    settings: WebhookSettings,
    tries: int,
    asked_s: float = 0.0,
    chance: Callable[[], float] = random.random,
) -> float:
    """Return how long to wait after ``tries`` attempts; ``asked_s`` is what the receiver wants.

    Half of the pause is chance, so that deliveries which failed together do not come together.
    """
    longest_s = settings.backoff_s * _GROWTH ** min(tries - 1, _MOST_GROWN)
    ceiling_s = min(settings.max_backoff_s, longest_s)
    return max(ceiling_s * (0.5 + chance() / 2), asked_s)
