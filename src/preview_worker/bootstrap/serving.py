"""The HTTP interface, put together: what its routes work with, and the server around them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from preview_worker.api import ApiSettings, read_keys
from preview_worker.api.crier import Crier
from preview_worker.api.gate import Gate
from preview_worker.api.index_keeper import IndexKeeper
from preview_worker.api.services import Claim, KeyUsedError, Services
from preview_worker.api.sessions import Sessions
from preview_worker.api.throttle import Throttle
from preview_worker.bootstrap.stills import StillPainter
from preview_worker.bootstrap.storage import open_viewer
from preview_worker.bootstrap.submission import (
    add_request,
    checked_flow,
    checked_request,
    most_parts,
)
from preview_worker.bootstrap.testimony import ToldControls
from preview_worker.events import current_trace
from preview_worker.queue.bull_catalogue import BullCatalogue
from preview_worker.queue.bull_feed import BullFeed
from preview_worker.queue.controller import BullControls
from preview_worker.queue.dead_queue import BullDeadLetters
from preview_worker.queue.idempotency import IdempotencyKeys
from preview_worker.queue.producer import BullProducer
from preview_worker.worker.nursery import Nursery
from preview_worker.worker.rendering import ChildRenderer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from preview_worker.contract import BatchPlan
    from preview_worker.events import Observer
    from preview_worker.queue import AddedJob, ChildCounts
    from preview_worker.settings import Settings


class QueueSubmitter:
    """``Submitter`` for the queue of the settings."""

    def __init__(self, settings: Settings, producer: BullProducer, observer: Observer) -> None:
        """Add jobs through ``producer``, and tell ``observer`` of them."""
        self._observer = observer
        self._settings = settings
        self._producer = producer
        self._idempotency = IdempotencyKeys(settings.queue)

    async def submit(
        self,
        payload: Mapping[str, object],
        claim: Claim | None = None,
        batch: BatchPlan | None = None,
    ) -> AddedJob:
        """Add a job; see ``Submitter.submit``."""
        request = checked_request(json.dumps(payload).encode(), self._settings)
        if (trace := current_trace()) is not None:
            request = replace(request, trace_context=trace.headers)
        if batch is not None:  # what is refused uses up no key
            checked_flow(request, batch, self._settings)
        if claim is not None and not await self._idempotency.claim(claim.key, claim.digest):
            raise KeyUsedError
        return await add_request(request, self._producer, self._settings, self._observer, batch)

    async def parts(self, job_id: str) -> ChildCounts | None:
        """Count the parts of a batch; None of a job that is none."""
        return await self._producer.children(job_id)

    async def close(self) -> None:
        """Close the connections. Safe to call twice."""
        await self._idempotency.close()


@asynccontextmanager
async def open_services(
    settings: Settings, observer: Observer, renderer: ChildRenderer | None = None
) -> AsyncIterator[Services]:
    """Yield everything that the HTTP interface works with, and keep its index meanwhile.

    Stills are painted by ``renderer``, that of the worker in whose process all this is served;
    without one, by one whose zygote starts when the first still is asked for.
    """
    api: ApiSettings = settings.api
    crier = Crier()
    producer = BullProducer(settings.queue)
    submitter = QueueSubmitter(settings, producer, observer)
    catalogue, feed = BullCatalogue(settings.queue), BullFeed(settings.queue)
    controls, letters = BullControls(settings.queue), BullDeadLetters(settings.queue)
    keeper = IndexKeeper(catalogue, feed, controls.counts, crier, observer)
    painter = renderer or ChildRenderer(
        Nursery(observer=observer), observer, settings.render, settings.worker
    )
    stills, previews = StillPainter(settings, painter), open_viewer(settings)
    secret = None if api.session_secret is None else api.session_secret.encode()
    keeper.start()
    try:
        yield Services(
            queue_name=settings.preview_queue_name,
            gate=Gate(
                read_keys(api.keys),
                Sessions(secret, api.session_s),
                Throttle(api.failed_logins, api.failed_login_refill_s),
                observer,
            ),
            submitter=submitter,
            controls=ToldControls(controls, settings.preview_queue_name, observer),
            letters=letters,
            catalogue=catalogue,
            feed=feed,
            keeper=keeper,
            crier=crier,
            observer=observer,
            previews=previews,
            stills=stills,
            most_parts=most_parts(settings),
            max_body_bytes=settings.preview_payload_max_bytes,
            max_listeners=settings.probes.max_listeners,
            cors_origins=api.cors_origins,
            audit_folder=settings.audit.folder if settings.preview_audit else None,
        )
    finally:
        crier.dismiss()
        previews.close()
        await keeper.stop()
        for part in (stills, submitter, producer, catalogue, feed, controls, letters):
            await part.close()
        if renderer is None:
            await painter.close()
