"""What it takes to find Redis and to be let in, beyond a URL and a password."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from preview_worker.queue.address import Node


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """Who we are to Redis, how we know that it is Redis, and who tells where it is.

    All files are read again whenever a connection is made, so that what they hold may change while
    the worker runs.
    """

    username: str | None = None
    """The ACL user, when the URL names none."""
    url_file: Path | None = None
    """Holds the URL; the one in ``QueueSettings`` is used while it cannot be read."""
    password_file: Path | None = None
    """Holds the password, when the URL has none."""
    ca_file: Path | None = None
    """The certificates that sign the server's; the system's own when there is none."""
    certificate_file: Path | None = None
    """Our certificate, for servers that want to know who we are by it (mutual TLS)."""
    key_file: Path | None = None
    """The key of our certificate; None when it is in the same file."""
    server_name: str | None = None
    """What the server's certificate must be made out to, when that is not its host."""
    sentinels: tuple[Node, ...] = ()
    """Asked for the primary's address, which the URL's host then is not."""
    sentinel_name: str = "mymaster"
    sentinel_password: str | None = field(default=None, repr=False)
    cluster: tuple[Node, ...] = ()
    """Nodes that are asked for the one that holds the queue; others are learnt from these."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant together."""
        if self.sentinels and self.cluster:
            message = "Sentinels do not watch over a cluster: set one of the two, not both"
            raise ValueError(message)
        if self.key_file is not None and self.certificate_file is None:
            message = "A key for TLS is of no use without its certificate"
            raise ValueError(message)
