"""What became of a queue's jobs since it exists, and how many dead letters it has.

BullMQ's finishing script counts every job that it completes or fails, whoever runs it, in two
hashes that Node reads with ``getMetrics``. So these figures are the queue's and not a worker's:
they outlive every worker, and obliterating the queue begins them anew.
"""

from __future__ import annotations

from dataclasses import dataclass

from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.wire import Reply

METRICS_MINUTES = 7 * 24 * 60
"""So many data points the queue keeps of each kind, one per minute: Node's MetricsTime.ONE_WEEK."""


@dataclass(frozen=True, slots=True)
class QueueTally:
    """Jobs that ended since the queue exists, and dead letters that are there now."""

    completed: int
    failed: int
    dead_letters: int


class TallyReader:
    """Reads the tally of one queue over one link."""

    def __init__(self, link: RedisLink, settings: QueueSettings) -> None:
        """Read over ``link`` what there is of the queue of ``settings``."""
        self._link = link
        keys = QueueKeys(settings.prefix, settings.queue_name)
        dead = QueueKeys(settings.prefix, settings.dead_queue_name)
        self._commands = [
            ("HGET", keys.metrics("completed"), "count"),
            ("HGET", keys.metrics("failed"), "count"),
            ("LLEN", dead.wait),
        ]

    async def read(self) -> QueueTally:
        """Return the tally; raises what ``RedisLink.call`` raises."""
        completed, failed, dead_letters = map(
            _number, await self._link.call_together(self._commands)
        )
        return QueueTally(completed, failed, dead_letters)


def _number(reply: Reply) -> int:
    return int(reply) if isinstance(reply, (int, bytes)) else 0
