"""What happens between the service and those outside: who comes in, and who is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginAttempted:
    """Somebody at ``address`` came with a key; ``key`` is its name, empty for nobody's."""

    address: str
    key: str
    result: Literal["accepted", "refused", "throttled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAttempted:
    """A delivery was posted to ``host`` for the ``tries``th time; a failed one waits ``wait_s``."""

    delivery_id: str
    host: str
    tries: int
    result: Literal["delivered", "retried", "given_up"]
    age_s: float
    wait_s: float = 0.0
    reason: str = ""


VisitEvent = LoginAttempted | WebhookAttempted
