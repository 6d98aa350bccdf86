"""Sessions of the page: a signed cookie instead of a key in every request of a browser.

The cookie says whose key opened the session and until when; the server keeps nothing. It is signed
with a secret that lives as long as the server, unless one is configured for all replicas. What
changes something must also carry the session's token, which other sites cannot read.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import time
from dataclasses import dataclass

COOKIE = "preview-session"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is open: whose it is, and the token that its requests carry."""

    name: str
    token: str


class Sessions:
    """Opens sessions and recognises them."""

    def __init__(self, secret: bytes | None, lifetime_s: float) -> None:
        """Sign with ``secret``, or with one that dies with this server."""
        self._secret = secret or secrets.token_bytes(32)
        self.lifetime_s = lifetime_s

    def open(self, name: str) -> str:
        """Return the cookie of a new session for the holder of the key ``name``."""
        until = int(time.time() + self.lifetime_s)
        body = json.dumps([_VERSION, name, until, secrets.token_hex(8)], separators=(",", ":"))
        return f"{_packed(body.encode())}.{self._sign('session', body)}"

    def find(self, cookie: str) -> Session | None:
        """Return the session of a cookie; None when it is none of ours, or over."""
        packed, _, signature = cookie.partition(".")
        try:
            body = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
            if not hmac.compare_digest(signature, self._sign("session", body)):
                return None
            version, name, until, _ = json.loads(body)
        except (ValueError, TypeError):
            return None
        if version != _VERSION or time.time() >= until:
            return None
        return Session(name, self._sign("token", body))

    def _sign(self, purpose: str, text: str) -> str:
        return _packed(hmac.digest(self._secret, f"{purpose}\n{text}".encode(), "sha256"))


def _packed(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
