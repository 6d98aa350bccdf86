"""How far our clock is ahead of the server's.

Locks live by the server's clock alone. Delays do not: whoever adds a job writes by its own clock
when it is due, and whoever runs it reads that by its own. So a difference makes delayed jobs early
or late, and somebody should know of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from preview_worker.queue.link import RedisLink
from preview_worker.queue.wire import RedisError, Reply

MAX_SKEW_S = 2.0
"""More than machines differ whose clocks are kept by NTP."""
_LONGEST_TRIP_S = 1.0
"""After a longer round trip nobody knows when the server read its clock."""


async def skew_to(link: RedisLink, clock: Callable[[], float] | None = None) -> float | None:
    """Return by how many seconds our clock is ahead of the server's; None if that is not known.

    Raises ``QueueUnavailableError`` when the server cannot be reached.
    """
    await link.answers([("PING",)])  # so that no connection has to be made between the readings
    before_s, begun_s = (clock or time.time)(), time.monotonic()
    (reply,) = await link.answers([("TIME",)])
    trip_s = time.monotonic() - begun_s
    theirs_s = _seconds(link, reply)
    if theirs_s is None or trip_s > _LONGEST_TRIP_S:
        return None
    return before_s + trip_s / 2 - theirs_s


def _seconds(link: RedisLink, reply: Reply) -> float | None:
    if isinstance(reply, RedisError) and reply.code != "NOPERM":
        link.checked(reply)
    match reply:
        case [bytes(seconds), bytes(microseconds)]:
            return int(seconds) + int(microseconds) / 1_000_000
        case _:
            return None
