"""All assets of one job: each looked for, fetched or confirmed, tried again, and held."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from weakref import WeakValueDictionary

import httpcore

from preview_worker.assets.answer import Answer, AssetTroubleError
from preview_worker.assets.cache import AssetCache, Deposit, Record
from preview_worker.assets.connector import Connector, public_authorities
from preview_worker.assets.errand import Errand, Visit, in_thread
from preview_worker.assets.holding import Holding
from preview_worker.assets.locator import Locator, read_locator
from preview_worker.assets.port import Fetched, Tell, Wanted, tell_nobody
from preview_worker.assets.resolver import SystemResolver
from preview_worker.assets.settings import AssetSettings
from preview_worker.assets.transfer import Order, Transfer
from preview_worker.contract import ErrorCode, PreviewError


class HttpsFetcher:
    """Fetches from the allowed hosts, and asks them every time whether what it has is still so."""

    def __init__(self, settings: AssetSettings, transfer: Transfer | None = None) -> None:
        """Fetch within ``settings``, over the Internet unless a ``transfer`` is given."""
        self._settings = settings
        self._transfer = transfer
        self._preparing = asyncio.Lock()
        self._cache = AssetCache(settings.folder, settings.cache_max_bytes)
        self._hosts: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @property
    def idle(self) -> bool:
        """Whether no host is allowed."""
        return not self._settings.hosts

    @asynccontextmanager
    async def fetch(self, wanted: Wanted, tell: Tell = tell_nobody) -> AsyncIterator[Fetched]:
        """Fetch what is ``wanted``; see ``AssetFetcher.fetch``."""
        if len(wanted) > (most := self._settings.max_assets):
            message = f"The job names {len(wanted)} assets at other hosts; at most {most} are read."
            raise PreviewError(ErrorCode.ASSET_FORBIDDEN, message)
        async with AsyncExitStack() as holdings:
            errand = Errand(
                asyncio.get_running_loop().time() + self._settings.job_timeout_s,
                self._settings.max_job_bytes,
                asyncio.Semaphore(self._settings.at_once),
                holdings,
                tell,
            )
            if wanted:
                await self._bring(wanted, errand)
            if errand.grown:
                await in_thread(self._cache.trim)
            yield errand.found

    async def _bring(self, wanted: Wanted, errand: Errand) -> None:
        try:
            async with asyncio.timeout_at(errand.ends_at_s), asyncio.TaskGroup() as group:
                for addresses, max_bytes in wanted.items():
                    group.create_task(self._first(addresses, max_bytes, errand))
        except TimeoutError:
            limit_s = self._settings.job_timeout_s
            message = f"The job's assets were not all fetched within {limit_s:g} s."
            raise PreviewError(ErrorCode.ASSET_SLOW, message) from None
        except BaseExceptionGroup as errors:
            raise _foremost(errors) from None

    async def _first(self, addresses: tuple[str, ...], max_bytes: int, errand: Errand) -> None:
        """Fetch the first of ``addresses`` that can be had."""
        for address in addresses:
            try:
                async with errand.slots:
                    locator = read_locator(address)
                    with errand.visit(locator.host) as visit:
                        order = Order(locator, min(max_bytes, self._settings.max_bytes))
                        errand.found[address] = await self._patiently(order, errand, visit)
            except PreviewError as error:
                if error.code.retryable:
                    raise
                errand.found[address] = error
            else:
                return

    async def _patiently(self, order: Order, errand: Errand, visit: Visit) -> Path:
        """Try again after a pause, as long as the job's time for assets allows."""
        while True:
            visit.tries += 1
            try:
                return await self._once(order, errand, visit)
            except AssetTroubleError as trouble:
                if (pause_s := self._pause(trouble, visit.tries)) is None:
                    raise
                if asyncio.get_running_loop().time() + pause_s >= errand.ends_at_s:
                    raise
                await asyncio.sleep(pause_s)

    def _pause(self, trouble: AssetTroubleError, tries: int) -> float | None:
        """Return how long to wait before another try; None when there is to be none here."""
        settings = self._settings
        if tries >= settings.tries or trouble.pause_s > settings.max_retry_after_s:
            return None
        most_s = min(settings.max_pause_s, settings.backoff_s * 2 ** (tries - 1))
        return trouble.pause_s + random.uniform(0, most_s)  # noqa: S311 -- it is no secret

    async def _once(self, order: Order, errand: Errand, visit: Visit) -> Path:
        locator = order.locator
        async with self._turn_at(locator.host):
            kept = await in_thread(self._kept, locator, errand)
            record, holding = kept or (None, None)
            deposit = self._cache.deposit()

            async def write(piece: bytes) -> None:
                errand.count(len(piece))
                visit.size_bytes += len(piece)
                await in_thread(deposit.write, piece)

            try:
                transfer = await self._ready()
                answer = await transfer.run(replace(order, known=record), write)
                if holding is not None and answer.unchanged:
                    visit.unchanged = True
                    return holding.path
                return await in_thread(self._keep, deposit, locator, answer, errand)
            finally:
                await in_thread(deposit.discard)

    async def _ready(self) -> Transfer:
        """Return what transfers; it is made when it is used first, for the authorities are many."""
        async with self._preparing:
            if self._transfer is None:
                self._transfer = await in_thread(over_the_internet, self._settings)
            return self._transfer

    def _kept(self, locator: Locator, errand: Errand) -> tuple[Record, Holding] | None:
        if (found := self._cache.find(locator.key)) is not None:
            errand.hold(found[1])
        return found

    def _keep(self, deposit: Deposit, locator: Locator, answer: Answer, errand: Errand) -> Path:
        digest, holding = self._cache.keep(deposit)
        errand.hold(holding)
        record = Record(digest, answer.locator.key, answer.etag, answer.modified)
        self._cache.note(locator.key, record)
        errand.grown = True
        return holding.path

    def _turn_at(self, host: str) -> asyncio.Semaphore:
        """Return what keeps the worker from asking one host for too much at once."""
        turn = self._hosts.get(host)
        if turn is None:
            turn = self._hosts[host] = asyncio.Semaphore(self._settings.at_once)
        return turn


def over_the_internet(settings: AssetSettings) -> Transfer:
    """Return what asks the system's name servers and public hosts, with their certificates."""
    resolver = SystemResolver()

    def connect() -> Connector:
        return Connector(
            resolver, httpcore.AnyIOBackend(), connect_timeout_s=settings.connect_timeout_s
        )

    return Transfer(settings, public_authorities(), connect)


def _foremost(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the one error of a group that is told: a defect before any expected one."""
    _, defects = errors.split(PreviewError)
    error: BaseException = defects or errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
