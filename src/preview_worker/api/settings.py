"""What an operator can choose about the HTTP port."""

from __future__ import annotations

from dataclasses import dataclass, field

HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSettings:
    """Where probes are answered, and how much patience strangers get."""

    host: str = "0.0.0.0"  # noqa: S104 -- a kubelet probes the pod's address, not loopback
    port: int = 3000
    """0 means any free port; the log tells which one it became."""
    max_connections: int = 256
    """One more, and the oldest that has sent no whole request is cut."""
    request_head_s: float = 5.0
    """How long the head of a request may take to arrive."""
    request_body_s: float = 10.0
    """How long its body may take, all of it."""

    def __post_init__(self) -> None:
        """Refuse values that cannot be meant; raise ``ValueError`` with a sentence for people."""
        if not 0 <= self.port <= HIGHEST_PORT:
            message = f"the probe port must be between 0 and {HIGHEST_PORT}, but is {self.port}"
            raise ValueError(message)
        if self.max_connections < 1:
            message = f"max_connections must be at least 1, but is {self.max_connections}"
            raise ValueError(message)
        for name in ("request_head_s", "request_body_s"):
            if getattr(self, name) <= 0:
                message = f"{name} must be more than 0, but is {getattr(self, name)}"
                raise ValueError(message)

    @property
    def max_listeners(self) -> int:
        """Connections that streams of events may hold; the rest is for requests and probes."""
        return self.max_connections - self.max_connections // 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """Who may use the HTTP interface, and how much patience they get."""

    keys: str = field(default="", repr=False)
    """Keys as ``read_keys`` takes them; without any, only loopback addresses are served."""
    session_secret: str | None = field(default=None, repr=False)
    """What session cookies are signed with; None makes a secret that dies with the server."""
    session_s: float = 12 * 3600
    cors_origins: tuple[str, ...] = ()
    """Sites whose scripts may read answers; they come with a key, never with a session."""
    failed_logins: int = 10
    """Failed attempts in a row before an address has to wait."""
    failed_login_refill_s: float = 6.0
    """Seconds after which it may try once more."""
