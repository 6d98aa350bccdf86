"""The conversation with a render process: its orders, its progress, its verdict."""

from __future__ import annotations

import asyncio
import contextlib
import pickle
from typing import TYPE_CHECKING, Any

from preview_worker.worker.framing import FramingError, read_message

if TYPE_CHECKING:
    from preview_worker.worker.exchange import Exchange
    from preview_worker.worker.offspring import Child
    from preview_worker.worker.ports import Report
    from preview_worker.worker.silence import Silence


_ASKED = frozenset({"obtain", "find", "offer"})
"""By one of these words a process begins to speak of scenes that it shares with others."""


class SilentError(Exception):
    """A render process said nothing for too long."""


async def converse(
    child: Child,
    orders: tuple[object, object],
    report: Report,
    silence: Silence,
    exchange: Exchange | None = None,
) -> dict[str, Any] | None:
    """Send both orders, pass progress on, return the verdict or None when there was none.

    The first order is the ``Enclosure``, the second what to do within. What the process asks others
    for is the ``exchange``'s to answer. Raises ``FramingError`` for
    nonsense and ``SilentError`` for a ``silence`` that outlasted its limit.
    """
    talking = asyncio.ensure_future(_talk(child, orders, report, silence, exchange))
    waiting = asyncio.ensure_future(silence.outlasted())
    try:
        await asyncio.wait({talking, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if talking.done():
            return talking.result()
        raise SilentError
    finally:
        for task in (talking, waiting):
            task.cancel()
        await asyncio.gather(talking, waiting, return_exceptions=True)


async def _talk(
    child: Child,
    orders: tuple[object, object],
    report: Report,
    silence: Silence,
    exchange: Exchange | None,
) -> dict[str, Any] | None:
    with contextlib.suppress(ConnectionError):  # it ended at once; its exit will tell why
        for order in orders:
            await child.send(pickle.dumps(order))
        while message := await read_message(child.reader):
            if "beat" in message:
                silence.hear(_number(message["beat"]))
            elif "phase" in message:
                silence.hear()
                report(*_progress(message))
            elif exchange is not None and not _ASKED.isdisjoint(message):
                silence.hear()
                exchange.hear(message, child)
            else:
                return message
    return None


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        reason = "a beat does not tell of processor time"
        raise FramingError(reason)
    return float(value)


def _progress(message: dict[str, Any]) -> tuple[str, float]:
    phase, fraction = message["phase"], message.get("fraction")
    if not isinstance(phase, str) or not isinstance(fraction, int | float):
        reason = "a progress message has no phase and fraction"
        raise FramingError(reason)
    return phase, min(max(float(fraction), 0.0), 1.0)
