"""What may go wrong with a connection to another host, in words for people."""

from __future__ import annotations

import ssl

import httpcore


def trouble_with(who: str, error: BaseException) -> str:
    """Say what broke a connection to ``who``, in words that hold no address."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"{who} has no certificate that can be trusted ({cause.verify_message})"
        if isinstance(cause, ssl.SSLError):
            return f"{who} does not speak TLS as it should"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpcore.ProtocolError):
        return f"{who} does not speak HTTP as it should"
    if isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout):
        return f"{who} cannot be reached"
    return f"the connection to {who} broke"
