"""What an operator can choose about webhooks, and the times of their deliveries."""

from __future__ import annotations

from dataclasses import dataclass

from preview_worker.webhooks.endpoint import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """Who is told, and for how long that is tried. Times are seconds."""

    endpoints: tuple[Endpoint, ...] = ()
    """Nobody is told unless this names somebody."""
    public_url: str = ""
    """What addresses in a delivery begin with; without it they are paths."""
    connect_timeout_s: float = 4.0
    post_timeout_s: float = 15.0
    """From the look-up of the host to the head of its answer."""
    at_once: int = 4
    """Deliveries to one endpoint at the same time."""
    claim_s: float = 60.0
    """So long a process has a delivery to itself; one that was killed meanwhile leaves it to the
    next. Longer than a post can take."""
    backoff_s: float = 5.0
    """The longest pause before the second try; each further one is four times as long."""
    max_backoff_s: float = 3 * 3600.0
    give_up_s: float = 24 * 3600.0
    """A delivery that is older than this is not tried again."""
    look_s: float = 5.0
    """How often a process looks for deliveries that others have left."""

    def __post_init__(self) -> None:
        """Refuse times with which a delivery could be made twice as a rule."""
        if self.claim_s <= self.post_timeout_s:
            message = "claim_s must be above post_timeout_s"
            raise ValueError(message)
