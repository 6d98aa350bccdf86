"""The seam for those who tell other services of what happened in a queue, and lose nothing.

An outbox is kept beside the queue for each receiver: the place in the event stream up to which its
deliveries are written down, and those that are still to be made. Any number of processes may work
on one; each delivery is with one of them at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Parcel:
    """Something to be delivered. Of two with the same ``id`` only the first is kept."""

    id: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """A parcel that was taken out of the box to be delivered."""

    parcel: Parcel
    tries: int
    """Counts this one."""
    age_s: float
    """Since it was put in, by the clock of Redis."""


@dataclass(frozen=True, slots=True)
class Takings:
    """What was due, and in how many seconds the next will be; None when nothing is left."""

    deliveries: tuple[Delivery, ...]
    next_s: float | None


class Outbox(Protocol):
    """The deliveries to one receiver. Each method may raise ``QueueUnavailableError``."""

    async def begin(self, place: str) -> str:
        """Return the place up to which everything is in the box; ``place`` if it is a new box."""

    async def put(self, parcels: Sequence[Parcel], before: str, place: str) -> bool:
        """Put ``parcels`` in and move on from ``before`` to ``place``, both or neither.

        False when somebody else has moved on from ``before`` already; then nothing is done.
        """

    async def take(self, limit: int, claim_s: float) -> Takings:
        """Take up to ``limit`` deliveries that are due; after ``claim_s`` others may take them."""

    async def postpone(self, parcel_id: str, wait_s: float) -> None:
        """Have a delivery that was taken be due again in ``wait_s``."""

    async def discard(self, parcel_id: str) -> None:
        """Forget a delivery: it was made, or it never will be."""

    async def close(self) -> None:
        """Close the connection. Safe to call twice."""
