"""Where Redis is and who we are there, read from a URL that may be shown without its password."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

DEFAULT_PORT = 6379


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
