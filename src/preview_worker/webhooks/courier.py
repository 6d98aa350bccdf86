"""Delivers what is in an outbox: what is due, a few at a time, and again what failed."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Literal

from preview_worker.events import Observer, WebhookAttempted
from preview_worker.queue import Delivery, Outbox, QueueUnavailableError
from preview_worker.webhooks.backoff import pause_s
from preview_worker.webhooks.endpoint import Endpoint
from preview_worker.webhooks.poster import Answer, Poster
from preview_worker.webhooks.settings import WebhookSettings

_PAUSE_S = 0.5
_GIVE_BACK_S = 1.0


class Courier:
    """Serves one endpoint. Other processes may serve it as well."""

    def __init__(
        self,
        endpoint: Endpoint,
        outbox: Outbox,
        poster: Poster,
        settings: WebhookSettings,
        observer: Observer,
    ) -> None:
        """Deliver from ``outbox`` by ``poster``, and tell ``observer`` of it."""
        self._endpoint = endpoint
        self._outbox = outbox
        self._poster = poster
        self._settings = settings
        self._observer = observer
        self._news = asyncio.Event()

    def nudge(self) -> None:
        """Have it look at once: something was put in the box."""
        self._news.set()

    async def run(self) -> None:
        """Deliver for ever; what is under way when it is cancelled is given back."""
        while True:
            self._news.clear()
            try:
                settings = self._settings
                takings = await self._outbox.take(settings.at_once, settings.claim_s)
                if takings.deliveries:
                    await self._deliver_all(takings.deliveries)
                    continue
            except QueueUnavailableError:
                await asyncio.sleep(_PAUSE_S)
                continue
            wait_s = min(takings.next_s or self._settings.look_s, self._settings.look_s)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._news.wait()

    async def _deliver_all(self, deliveries: tuple[Delivery, ...]) -> None:
        left = {delivery.parcel.id for delivery in deliveries}

        async def deliver(delivery: Delivery) -> None:
            answer = await self._poster.post(self._endpoint, delivery.parcel)
            await self._conclude(delivery, answer)
            left.discard(delivery.parcel.id)

        try:
            async with asyncio.TaskGroup() as group:
                for delivery in deliveries:
                    group.create_task(deliver(delivery))
        except BaseExceptionGroup as errors:
            unavailable, others = errors.split(QueueUnavailableError)
            if others is not None:
                raise others from None
            raise (unavailable or errors).exceptions[0] from None
        except asyncio.CancelledError:
            await self._give_back(left)
            raise

    async def _conclude(self, delivery: Delivery, answer: Answer) -> None:
        """Write down what came of a delivery, and tell of it."""
        wait_s = pause_s(self._settings, delivery.tries, answer.asked_s)
        late = delivery.age_s + wait_s > self._settings.give_up_s
        if answer.done or answer.gone or late:
            await self._outbox.discard(delivery.parcel.id)
            self._tell(delivery, answer, "delivered" if answer.done else "given_up")
        else:
            await self._outbox.postpone(delivery.parcel.id, wait_s)
            self._tell(delivery, answer, "retried", wait_s)

    def _tell(
        self,
        delivery: Delivery,
        answer: Answer,
        result: Literal["delivered", "retried", "given_up"],
        wait_s: float = 0.0,
    ) -> None:
        self._observer.observe(
            WebhookAttempted(
                delivery_id=delivery.parcel.id,
                host=self._endpoint.authority,
                tries=delivery.tries,
                result=result,
                age_s=delivery.age_s,
                wait_s=wait_s,
                reason=answer.reason,
            )
        )

    async def _give_back(self, parcel_ids: set[str]) -> None:
        """Let another process have what was under way, now instead of when the claim ends."""
        with contextlib.suppress(QueueUnavailableError, TimeoutError):
            async with asyncio.timeout(_GIVE_BACK_S):
                for parcel_id in parcel_ids:
                    await self._outbox.postpone(parcel_id, 0.0)
