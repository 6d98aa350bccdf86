"""All assets of one job: each looked for, fetched or confirmed, tried again, and held."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from weakref import WeakValueDictionary

import httpcore

from preview_worker.assets.answer import AssetTroubleError
from preview_worker.assets.cache import AssetCache, Deposit, Record
from preview_worker.assets.connector import Connector, public_authorities
from preview_worker.assets.depot import is_stored
from preview_worker.assets.errand import Budget, Errand, Visit, in_thread
from preview_worker.assets.holding import Holding
from preview_worker.assets.locator import read_locator
from preview_worker.assets.order import Delivery, Order, Place, Write
from preview_worker.assets.pickup import Pickup
from preview_worker.assets.port import Fetched, Tell, Wanted, tell_nobody
from preview_worker.assets.resolver import SystemResolver
from preview_worker.assets.settings import AssetSettings
from preview_worker.assets.transfer import Transfer
from preview_worker.contract import ErrorCode, PreviewError

_DOUBLINGS = 16
"""A pause that doubled so often is longer than any that is made."""
Bring = Callable[[Record | None, Write], Awaitable[Delivery]]
"""Hands an asset's bytes on, unless they are those of the record still."""


@dataclass(frozen=True, slots=True)
class _Asset:
    """Where one asset is to be had, how it is asked for, and what it may cost."""

    place: Place
    scheme: str
    budget: Budget
    bring: Bring


class Fetcher:
    """Fetches from the allowed hosts and from the bucket, if there is one.

    Both are asked every time whether what is kept is still so.
    """

    def __init__(
        self,
        settings: AssetSettings,
        transfer: Transfer | None = None,
        pickup: Pickup | None = None,
    ) -> None:
        """Fetch within ``settings``, over the Internet unless a ``transfer`` is given.

        What lies in a bucket is brought by ``pickup``; without one, nothing there is known.
        """
        self._settings = settings
        self._transfer = transfer
        self._pickup = pickup
        self._preparing = asyncio.Lock()
        self._cache = AssetCache(settings.folder, settings.cache_max_bytes)
        self._hosts: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @property
    def idle(self) -> bool:
        """Whether no host is allowed, and there is no bucket."""
        return not self._settings.hosts and self._pickup is None

    @asynccontextmanager
    async def fetch(self, wanted: Wanted, tell: Tell = tell_nobody) -> AsyncIterator[Fetched]:
        """Fetch what is ``wanted``; see ``AssetFetcher.fetch``."""
        async with AsyncExitStack() as holdings:
            hosts = Budget.of(self._settings)
            depot = Budget.of(self._pickup.settings) if self._pickup else hosts
            errand = Errand(hosts, depot, holdings, tell)
            _check_number(wanted, errand)
            if wanted:
                await self._bring(wanted, errand)
            if errand.grown:
                await in_thread(self._cache.trim)
            yield errand.found

    async def _bring(self, wanted: Wanted, errand: Errand) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for addresses, max_bytes in wanted.items():
                    group.create_task(self._first(addresses, max_bytes, errand))
        except BaseExceptionGroup as errors:
            raise _foremost(errors) from None

    async def _first(self, addresses: tuple[str, ...], max_bytes: int, errand: Errand) -> None:
        """Fetch the first of ``addresses`` that can be had."""
        for address in addresses:
            try:
                errand.found[address] = await self._in_time(address, max_bytes, errand)
            except PreviewError as error:
                if error.code.retryable:
                    raise
                errand.found[address] = error
            else:
                return

    async def _in_time(self, address: str, max_bytes: int, errand: Errand) -> Path:
        """Fetch one asset when it has its turn, while the job's time for such assets lasts."""
        budget = errand.budget_of(address)
        try:
            async with asyncio.timeout_at(budget.ends_at_s), budget.slots:
                asset = self._asset(address, min(max_bytes, budget.settings.max_bytes), budget)
                with errand.visit(asset.place.host, asset.scheme) as visit:
                    return await self._patiently(asset, errand, visit)
        except TimeoutError:
            limit_s = budget.settings.job_timeout_s
            message = f"The job's assets were not all fetched within {limit_s:g} s."
            raise PreviewError(ErrorCode.ASSET_SLOW, message) from None

    def _asset(self, address: str, max_bytes: int, budget: Budget) -> _Asset:
        """Return where ``address`` leads, and who brings what is there."""
        pickup = self._pickup
        if pickup is not None and is_stored(address):
            stored = Order(pickup.locate(address), max_bytes)
            return _Asset(
                stored.locator,
                "s3",
                budget,
                lambda known, write: pickup.run(replace(stored, known=known), write),
            )
        hosted = Order(read_locator(address), max_bytes)

        async def transfer(known: Record | None, write: Write) -> Delivery:
            return await (await self._ready()).run(replace(hosted, known=known), write)

        return _Asset(hosted.locator, "https", budget, transfer)

    async def _patiently(self, asset: _Asset, errand: Errand, visit: Visit) -> Path:
        """Try again after a pause, as long as the job's time for assets allows."""
        while True:
            visit.tries += 1
            try:
                return await self._once(asset, errand, visit)
            except AssetTroubleError as trouble:
                if (pause_s := _pause(trouble, visit, asset.budget.settings)) is None:
                    raise
                if asyncio.get_running_loop().time() + pause_s >= asset.budget.ends_at_s:
                    raise
                await asyncio.sleep(pause_s)

    async def _once(self, asset: _Asset, errand: Errand, visit: Visit) -> Path:
        place = asset.place
        async with self._turn_at(asset):
            kept = await in_thread(self._kept, place, errand)
            record, holding = kept or (None, None)
            deposit = self._cache.deposit()

            async def write(piece: bytes) -> None:
                asset.budget.count(len(piece))
                visit.size_bytes += len(piece)
                await in_thread(deposit.write, piece)

            try:
                delivery = await asset.bring(record, write)
                if holding is not None and delivery.unchanged:
                    visit.unchanged = True
                    return holding.path
                return await in_thread(self._keep, deposit, place, delivery, errand)
            finally:
                await in_thread(deposit.discard)

    async def _ready(self) -> Transfer:
        """Return what transfers; it is made when it is used first, for the authorities are many."""
        async with self._preparing:
            if self._transfer is None:
                self._transfer = await in_thread(over_the_internet, self._settings)
            return self._transfer

    def _kept(self, place: Place, errand: Errand) -> tuple[Record, Holding] | None:
        if (found := self._cache.find(place.key)) is not None:
            errand.hold(found[1])
        return found

    def _keep(self, deposit: Deposit, place: Place, delivery: Delivery, errand: Errand) -> Path:
        digest, holding = self._cache.keep(deposit)
        errand.hold(holding)
        record = Record(digest, delivery.key, delivery.etag, delivery.modified)
        self._cache.note(place.key, record)
        errand.grown = True
        return holding.path

    def _turn_at(self, asset: _Asset) -> asyncio.Semaphore:
        """Return what keeps the worker from asking one host for too much at once."""
        name = f"{asset.scheme}://{asset.place.host}"
        turn = self._hosts.get(name)
        if turn is None:
            turn = self._hosts[name] = asyncio.Semaphore(asset.budget.settings.at_once)
        return turn


def over_the_internet(settings: AssetSettings) -> Transfer:
    """Return what asks the system's name servers and public hosts, with their certificates."""
    resolver = SystemResolver()

    def connect() -> Connector:
        return Connector(
            resolver, httpcore.AnyIOBackend(), connect_timeout_s=settings.connect_timeout_s
        )

    return Transfer(settings, public_authorities(), connect)


def _pause(trouble: AssetTroubleError, visit: Visit, settings: AssetSettings) -> float | None:
    """Return how long to wait before another try; None when there is to be none here."""
    waited_s = time.monotonic() - visit.began_s
    spent = visit.tries >= settings.tries and waited_s >= settings.patience_s
    if spent or trouble.pause_s > settings.max_retry_after_s:
        return None
    most_s = min(settings.max_pause_s, settings.backoff_s * 2 ** min(visit.tries - 1, _DOUBLINGS))
    return trouble.pause_s + random.uniform(0, most_s)  # noqa: S311 -- it is no secret


def _check_number(wanted: Wanted, errand: Errand) -> None:
    """Raise ``PreviewError`` when a job names more assets elsewhere than are fetched."""
    stored = sum(any(map(is_stored, addresses)) for addresses in wanted)
    at_hosts = sum(not all(map(is_stored, addresses)) for addresses in wanted)
    for number, budget, where in (
        (stored, errand.depot, "in the bucket"),
        (at_hosts, errand.hosts, "at other hosts"),
    ):
        if number > (most := budget.settings.max_assets):
            message = f"The job names {number} assets {where}; at most {most} are read."
            raise PreviewError(ErrorCode.ASSET_FORBIDDEN, message)


def _foremost(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the one error of a group that is told: a defect before any expected one."""
    _, defects = errors.split(PreviewError)
    error: BaseException = defects or errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
