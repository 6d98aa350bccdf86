"""An outbox in Redis, in keys of our own beside those of the queue."""

from __future__ import annotations

from collections.abc import Sequence

from preview_worker.queue.bullmq import client_name
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.outbox import Delivery, Parcel, Takings
from preview_worker.queue.outbox_scripts import POSTPONE, PUT, TAKE
from preview_worker.queue.scripts import ScriptRunner
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.transaction import ask_together
from preview_worker.queue.wire import Reply

_KEPT_MS = 7 * 86_400_000
"""So long the deliveries of a receiver are kept whom nobody serves any more."""
_MS_PER_S = 1000


class BullOutbox:
    """``Outbox`` over one connection of its own."""

    def __init__(self, settings: QueueSettings, receiver: str) -> None:
        """Keep what is for ``receiver``, any short word; connects nowhere yet."""
        keys = QueueKeys(settings.prefix, settings.queue_name)
        self._place, self._due, self._contents, self._tries = keys.outbox(receiver)
        self._link = RedisLink(settings, client_name=f"{client_name(settings)}:outbox")
        self._scripts = ScriptRunner(self._link)

    async def begin(self, place: str) -> str:
        """Return the place up to which everything is in the box; ``place`` if it is a new box."""
        await self._link.call("SET", self._place, place, "NX")
        known = await self._link.call("GET", self._place)
        return known.decode() if isinstance(known, bytes) else place

    async def put(self, parcels: Sequence[Parcel], before: str, place: str) -> bool:
        """Put ``parcels`` in and move on from ``before`` to ``place``, both or neither."""
        words = [word for parcel in parcels for word in (parcel.id, parcel.content)]
        keys = (self._place, self._due, self._contents)
        return await self._scripts.run(PUT, keys, (before, place, _KEPT_MS, *words)) == 1

    async def take(self, limit: int, claim_s: float) -> Takings:
        """Take up to ``limit`` deliveries that are due; after ``claim_s`` others may take them."""
        keys = (self._due, self._contents, self._tries)
        reply = await self._scripts.run(TAKE, keys, (limit, _ms(claim_s), _KEPT_MS))
        match reply:
            case [[*taken], int(wait_ms)]:
                deliveries = tuple(_delivery(entry) for entry in taken)
                return Takings(deliveries, None if wait_ms < 0 else wait_ms / _MS_PER_S)
            case _:
                message = f"the outbox answered {reply!r}"
                raise AssertionError(message)

    async def postpone(self, parcel_id: str, wait_s: float) -> None:
        """Have a delivery that was taken be due again in ``wait_s``."""
        await self._scripts.run(POSTPONE, (self._due,), (parcel_id, _ms(wait_s)))

    async def discard(self, parcel_id: str) -> None:
        """Forget a delivery: it was made, or it never will be."""
        await ask_together(
            self._link,
            [
                ("ZREM", self._due, parcel_id),
                ("HDEL", self._contents, parcel_id),
                ("HDEL", self._tries, parcel_id),
            ],
        )

    async def close(self) -> None:
        """Close the connection. Safe to call twice."""
        await self._link.close()


def _delivery(entry: Reply) -> Delivery:
    match entry:
        case [bytes(parcel_id), bytes(content), int(tries), int(age_ms)]:
            return Delivery(Parcel(parcel_id.decode(), content), tries, age_ms / _MS_PER_S)
        case _:
            message = f"the outbox holds {entry!r}"
            raise AssertionError(message)


def _ms(seconds: float) -> int:
    return round(seconds * _MS_PER_S)
