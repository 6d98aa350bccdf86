"""The conversation with a render process: its orders, its progress, its verdict."""

from __future__ import annotations

import contextlib
import pickle
from typing import TYPE_CHECKING, Any

from preview_worker.worker.framing import FramingError, read_message

if TYPE_CHECKING:
    from preview_worker.worker.nursery import Child
    from preview_worker.worker.ports import Report


async def converse(
    child: Child, orders: tuple[object, object], report: Report
) -> dict[str, Any] | None:
    """Send both orders, pass progress on, return the verdict or None when there was none.

    The first order is the ``Enclosure``, the second what to do within. Raises ``FramingError`` for
    nonsense.
    """
    with contextlib.suppress(ConnectionError):  # it ended at once; its exit will tell why
        for order in orders:
            await child.send(pickle.dumps(order))
        while message := await read_message(child.reader):
            if "phase" not in message:
                return message
            report(*_progress(message))
    return None


def _progress(message: dict[str, Any]) -> tuple[str, float]:
    phase, fraction = message["phase"], message.get("fraction")
    if not isinstance(phase, str) or not isinstance(fraction, int | float):
        reason = "a progress message has no phase and fraction"
        raise FramingError(reason)
    return phase, min(max(float(fraction), 0.0), 1.0)
