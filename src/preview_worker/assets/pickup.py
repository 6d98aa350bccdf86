"""One asset from the bucket: asked for, received within limits, and known for what it is."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass

from preview_worker.assets.answer import AssetTroubleError, too_large
from preview_worker.assets.depot import (
    Depot,
    DepotLocator,
    Parcel,
    not_in_bucket,
    read_depot_locator,
)
from preview_worker.assets.order import Order, Write
from preview_worker.assets.pace import Pace
from preview_worker.assets.settings import AssetSettings
from preview_worker.contract import ErrorCode, PreviewError


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of an order to a bucket."""

    key: str
    etag: str
    unchanged: bool
    modified: str = ""
    """Never told: the tag is enough."""


class Pickup:
    """Brings one asset at a time out of a depot."""

    def __init__(self, depot: Depot, settings: AssetSettings) -> None:
        """Read from ``depot`` within ``settings``; the hosts that they name play no part."""
        self._depot = depot
        self.settings = settings

    def locate(self, address: str) -> DepotLocator:
        """Read an address in the bucket; see ``read_depot_locator``."""
        return read_depot_locator(address, self._depot)

    async def run(self, order: Order[DepotLocator], write: Write) -> Receipt:
        """Hand the asset's bytes to ``write`` and return what they are.

        No bytes come with a receipt that is ``unchanged``. Raises ``PreviewError``:
        ``transient.storage`` for what may go better another time, else what is wrong with the
        asset. Only the storage's own word that there is no such object counts as one.
        """
        try:
            async with asyncio.timeout(None) as timeout:
                return await self._carry(order, write, Pace(self.settings, timeout))
        except TimeoutError:
            raise _trouble(order, "the object storage sent it too slowly") from None
        except PreviewError as error:
            if error.code is not ErrorCode.STORAGE or isinstance(error, AssetTroubleError):
                raise
            said = error.message.rstrip(".")
            raise _trouble(order, said[:1].lower() + said[1:]) from error

    async def _carry(self, order: Order[DepotLocator], write: Write, pace: Pace) -> Receipt:
        locator, known = order.locator, order.known
        tag = known.etag if known is not None and known.key == locator.key else ""
        parcel = await self._depot.open(locator.path, tag)
        if parcel.standing == "absent":
            raise not_in_bucket(str(locator))
        if parcel.standing == "here":
            if parcel.size_bytes > order.max_bytes:
                raise too_large(locator, order.max_bytes)
            await _receive(parcel, order, write, pace)
        return Receipt(locator.key, parcel.tag, unchanged=parcel.standing == "unchanged")


async def _receive(parcel: Parcel, order: Order[DepotLocator], write: Write, pace: Pace) -> None:
    """Count what arrives and not what was announced, and stop at the first piece too many."""
    size = 0
    async with aclosing(parcel.pieces) as pieces:
        async for piece in pieces:
            pace.received(len(piece))
            size += len(piece)
            if size > order.max_bytes:
                raise too_large(order.locator, order.max_bytes)
            await write(piece)
    if size != parcel.size_bytes:
        raise _trouble(order, "the object storage sent other bytes than it announced")


def _trouble(order: Order[DepotLocator], what: str) -> AssetTroubleError:
    return AssetTroubleError(order.locator, what, code=ErrorCode.STORAGE)
