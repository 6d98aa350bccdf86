"""When a cron pattern fires next, as BullMQ's own parser reads it.

Five fields, or six with the seconds first. The pattern is followed on the wall clock of its zone. A
time that a clock change skips is moved on by the change; one that comes twice counts once.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo


def next_fire_ms(pattern: str, after_ms: int, zone: str | None) -> int:
    """Return the first instant after ``after_ms`` at which ``pattern`` fires (POSIX milliseconds).

    Without a ``zone`` (IANA name) it is followed in UTC. Raises ``ValueError`` for a pattern or a
    zone that cannot be read, and for a pattern that never fires again.
    """
    # Loading it takes a tenth of a second, and most queues have no cron schedulers.
    from croniter import croniter  # noqa: PLC0415 -- loaded only where a pattern is followed

    try:
        clock = ZoneInfo(zone) if zone else UTC
    except (KeyError, ValueError, OSError) as error:
        message = f"The time zone {zone!r} is not known"
        raise ValueError(message) from error
    after = datetime.fromtimestamp(after_ms / 1000, tz=clock)
    wall = croniter(pattern, after.replace(tzinfo=None), second_at_beginning=True)
    while True:
        told: datetime = wall.get_next(datetime)
        fires_ms = _instant_ms(told, clock)
        if fires_ms > after_ms:
            return fires_ms


def _instant_ms(wall: datetime, clock: tzinfo) -> int:
    """Return the instant at which ``clock`` shows ``wall``, the first one of two.

    Converting a time that does not exist to UTC and back moves it on by the change.
    """
    instant = wall.replace(tzinfo=clock).astimezone(UTC)
    return round(instant.timestamp() * 1000)
