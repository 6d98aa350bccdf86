"""Where Redis is and who we are there, read from a URL that may be shown without its password."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

DEFAULT_PORT = 6379
_LAST_PORT = 65_535


class Node(NamedTuple):
    """One server of several: a Sentinel or a cluster node."""

    host: str
    port: int

    def __str__(self) -> str:
        """Show the node as messages do."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def parse(cls, text: str) -> Node:
        """Read ``host:port``; an IPv6 host may stand in brackets. Raises ``ValueError``."""
        host, _, port = text.strip().rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) <= _LAST_PORT:
            message = f"must look like host:port,host:port ({text.strip()!r} does not)"
            raise ValueError(message)
        return cls(host.removeprefix("[").removesuffix("]"), int(port))


def parse_nodes(text: str) -> tuple[Node, ...]:
    """Read nodes that are separated by commas; raises ``ValueError``."""
    return tuple(Node.parse(part) for part in text.split(",") if part.strip())


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """A parsed Redis URL. ``str()`` of it never shows the password."""

    host: str
    port: int = DEFAULT_PORT
    database: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False

    @classmethod
    def parse(cls, url: str, *, password: str | None = None) -> RedisAddress:
        """Read ``redis[s]://[user[:password]@]host[:port][/database]``.

        ``password`` is used when the URL has none. Raises ``ValueError`` with a sentence that says
        what is wrong and does not repeat the URL, since that may hold a secret.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"redis", "rediss"}:
            message = "The Redis URL must begin with redis:// or rediss://"
            raise ValueError(message)
        try:
            port = parts.port
        except ValueError as error:
            message = "The port in the Redis URL must be a number from 1 to 65535"
            raise ValueError(message) from error
        return cls(
            host=parts.hostname or "127.0.0.1",
            port=DEFAULT_PORT if port is None else port,
            database=_database(parts.path),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else password or None,
            tls=parts.scheme == "rediss",
        )

    def at(self, node: Node) -> RedisAddress:
        """Return the same address at another server."""
        return replace(self, host=node.host, port=node.port)

    def login(self) -> tuple[str, ...]:
        """Return the command by which a connection says who we are; empty when it need not."""
        if self.password is None:
            return ()
        user = () if self.username is None else (self.username,)
        return ("AUTH", *user, self.password)

    def __str__(self) -> str:
        """Show the address as messages and logs may show it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        scheme = "rediss" if self.tls else "redis"
        return f"{scheme}://{host}:{self.port}/{self.database}"


def _database(path: str) -> int:
    digits = path.strip("/")
    if not digits:
        return 0
    if not digits.isdecimal():
        message = "The path of the Redis URL must be a database number, as in redis://host:6379/0"
        raise ValueError(message)
    return int(digits)
