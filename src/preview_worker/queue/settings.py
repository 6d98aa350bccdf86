"""How the queue room behaves: where Redis is, and the times that hold the protocol together."""

from __future__ import annotations

from dataclasses import dataclass, field

from preview_worker.queue.address import RedisAddress
from preview_worker.queue.connection import ConnectionSettings

MAX_STORED_REASON_CHARS = 8_000
"""A failure reason is read by people and kept in Redis; longer ones are cut."""


def hash_tag(prefix: str) -> str:
    """Return the word in braces by which a cluster chooses the node of a key, if there is one."""
    _, _, after = prefix.partition("{")
    tag, closing, _ = after.partition("}")
    return tag if closing else ""


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """Address, names and times of the queue. Times are seconds.

    Recovery after a killed worker takes at most ``lock_s + 2 * stall_check_s``.
    """

    redis_url: str = "redis://127.0.0.1:6379"
    """``redis://`` or ``rediss://``, with user, password and database number if any."""
    redis_password: str | None = field(default=None, repr=False)
    """Used when the URL holds no password."""
    connection: ConnectionSettings = field(default_factory=ConnectionSettings)
    queue_name: str = "preview-jobs"
    prefix: str = "bull"
    """BullMQ's default; every key of the queue begins with ``prefix:queue_name:``."""
    worker_name: str = "preview-worker"
    """Stored as ``processedBy`` in each job and shown among the queue's workers."""

    lock_s: float = 8.0
    """Short enough that a killed worker's job is not missed for long."""
    renew_s: float = 0.5
    """Also how soon a worker learns that its lock was taken away: its render is to be dead within a
    second. One call renews all locks of a worker."""
    outage_patience_s: float = 300.0
    """A lock that could not be renewed for so long is given up. Until then the render goes on:
    nobody takes the job while Redis is away, and what nobody took is locked again."""
    stall_check_s: float = 2.0
    max_stalled: int = 3
    """A job that outlived this many silent workers is failed: it probably kills them."""

    block_s: float = 5.0
    """How long ``lease`` waits for a job. Also the longest delay if a wake-up marker is lost."""
    urgent_priority: int = 1
    """The greatest priority number that is urgent: the upstream client gives 1 to what it calls
    high, and 2 to all else. A job without a priority, 0, comes before all others."""
    project_max_active: int = 0
    """How many jobs of one project run at once over all workers that have the same number, and one
    more if it is urgent; 0 is no limit."""
    look_s: float = 0.05
    """How often a lease of urgent jobs looks for one. A marker of BullMQ wakes one worker, whatever
    the job, so who waits for some jobs only has to ask."""
    connect_timeout_s: float = 2.0
    reply_timeout_s: float = 5.0
    """Without an answer for so long the connection is given up; blocking waits get block_s more."""
    retry_min_s: float = 0.05
    retry_max_s: float = 0.5
    """Bounds of the jittered pause between attempts to connect. Below a second, so that a job is
    taken within a second of Redis coming back."""
    keepalive_s: int = 5
    """TCP keep-alive idle time and interval; finds peers that vanished without a word."""

    dead_max_count: int = 1_000
    """Dead letters to keep, the newest; 0 keeps none."""
    dead_max_age_s: float = 14 * 86_400.0

    max_log_chars: int = 2_000
    max_stacktrace_lines: int = 10

    def __post_init__(self) -> None:
        """Refuse a URL that cannot be read and times that cannot hold a lock."""
        address = RedisAddress.parse(self.redis_url)
        if self.connection.cluster and (address.database or not hash_tag(self.prefix)):
            message = (
                "In a cluster there is one database, and the queue's prefix must hold a word in "
                "braces, such as {bull}, so that all of its keys live on one node"
            )
            raise ValueError(message)
        if not 0 < self.renew_s < self.lock_s <= self.outage_patience_s:
            message = "renew_s must be above 0 and below lock_s, lock_s at most outage_patience_s"
            raise ValueError(message)
        if self.stall_check_s <= 0 or self.block_s <= 0:
            message = "stall_check_s and block_s must be above 0"
            raise ValueError(message)
        if not self.queue_name or ":" in self.queue_name:
            message = "queue_name must not be empty nor contain ':' (BullMQ refuses it)"
            raise ValueError(message)

    @property
    def dead_queue_name(self) -> str:
        """The queue of those that will not be tried again."""
        return f"{self.queue_name}-dead"

    @property
    def lock_ms(self) -> int:
        """The lock's life as the scripts take it."""
        return round(self.lock_s * 1000)
