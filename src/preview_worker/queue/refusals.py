"""What Redis says when it does not serve us, in words for people."""

from __future__ import annotations

import socket
import ssl

from preview_worker.queue.address import RedisAddress
from preview_worker.queue.dial import explain_tls
from preview_worker.queue.port import QueueUnavailableError
from preview_worker.queue.wire import RedisError, WireBrokenError

REFUSALS = {
    "LOADING": "is still loading its data",
    "READONLY": "is a read-only replica",
    "UNBLOCKED": "is no primary any more",
    "MASTERDOWN": "has lost its primary",
    "OOM": "is out of memory (maxmemory)",
    "MISCONF": "cannot save to disk and refuses writes",
    "NOREPLICAS": "has too few replicas and refuses writes",
    "BUSY": "is busy with a script",
    "CLUSTERDOWN": "is a cluster that is down",
    "TRYAGAIN": "is moving the queue to another cluster node",
    "ASK": "is moving the queue to another cluster node",
    "MOVED": "is a cluster and sends us elsewhere; name its nodes in PREVIEW_REDIS_CLUSTER",
    "CROSSSLOT": "is a cluster; its nodes want a queue prefix in braces, such as {bull}",
    "NOAUTH": "wants a password; set REDIS_PASSWORD or put it into REDIS_URL",
    "WRONGPASS": "refused the password or the user name",
    "NOPERM": "does not allow this user to run a command that the queue needs",
    "ERR": "refused the connection's set-up",
}
"""Error codes for people. All of them pass, or are a deployment's fault, never a job's."""

STALE = frozenset({"READONLY", "UNBLOCKED", "MASTERDOWN", "LOADING", "NOAUTH", "CLUSTERDOWN"})
"""After these the connection is dropped, so that the next attempt may find the right server."""


class LostWayError(Exception):
    """Nobody tells which server serves the queue now; the message says who was asked."""


class NotPermittedError(QueueUnavailableError):
    """The user may not run a command that the queue needs. A script may have stopped half-way."""


def refusal_of(reply: RedisError, address: RedisAddress) -> QueueUnavailableError | None:
    """Return a refusal to serve in our words; None for an error that is no such refusal."""
    code = reply.code
    if code not in REFUSALS or code == "ERR":
        return None
    message = f"Redis at {address} {REFUSALS[code]}"
    if code == "NOPERM":
        return NotPermittedError(f"{message}: {reply}")
    return QueueUnavailableError(message)


def explain_failure(error: Exception, address: RedisAddress, timeout_s: float) -> str:
    """Say for people why no connection came about."""
    if isinstance(error, LostWayError):
        return str(error)
    if isinstance(error, RedisError):
        return f"Redis at {address} {REFUSALS.get(error.code, REFUSALS['ERR'])}"
    if isinstance(error, TimeoutError):
        reason = f"no connection within {timeout_s:g} s"
    elif isinstance(error, ConnectionRefusedError):
        reason = "nothing listens there"
    elif isinstance(error, socket.gaierror):
        reason = "the host name is not known"
    elif isinstance(error, ssl.SSLError):
        reason = explain_tls(error)
    elif address.tls and isinstance(error, (ConnectionError, WireBrokenError)):
        # Since TLS 1.3 a client is refused after the handshake, and the reason is seldom heard.
        reason = f"{error}; does it want a client certificate (PREVIEW_REDIS_CERT_FILE)?"
    else:
        reason = str(error)
    return f"Redis at {address} cannot be reached: {reason}"
