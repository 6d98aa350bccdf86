"""The gate: who a request comes from, and whether it may do what it asks.

A key comes in ``x-mobius-api-key`` or as a bearer token; the page has a session cookie. Without
keys everybody may do everything, but only from this very machine: the server then listens on
loopback alone, and names of other hosts are refused, so that no site can have a browser speak for
it.
"""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from preview_worker.api.keys import ANYBODY, KeyRing, Principal, Role
from preview_worker.api.problems import FORBIDDEN, TOO_OFTEN, UNAUTHENTICATED, Problem
from preview_worker.api.sessions import COOKIE, Sessions
from preview_worker.api.throttle import Throttle
from preview_worker.events import LoginAttempted, Observer

if TYPE_CHECKING:
    from starlette.requests import Request

KEY_HEADER = "x-mobius-api-key"
TOKEN_HEADER = "x-csrf-token"  # noqa: S105 -- the name of a header
_SAFE = {"GET", "HEAD", "OPTIONS"}
_CHALLENGE = {"www-authenticate": 'Bearer realm="preview-worker"'}
_LOCAL_NAME = "localhost"


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets requests in or refuses them."""

    keys: KeyRing
    sessions: Sessions
    throttle: Throttle
    observer: Observer
    """Is told of keys that are refused, and of sessions that are opened."""

    def admit(self, request: Request, role: Role) -> Principal:
        """Return who sent ``request``; raise ``Problem`` unless they have ``role``."""
        principal = self.identify(request)
        if principal is None:
            detail = (
                f"Send a key in the header {KEY_HEADER} or as 'authorization: Bearer <key>', "
                "or log in on the page."
            )
            raise Problem(UNAUTHENTICATED, detail, headers=_CHALLENGE)
        if principal.role < role:
            detail = (
                f"The key {principal.name} has the role {principal.role.name.lower()}; "
                f"this needs {role.name.lower()}."
            )
            raise Problem(FORBIDDEN, detail)
        return principal

    def identify(self, request: Request) -> Principal | None:
        """Return who sent ``request``; None when it carries neither key nor session.

        Raises ``Problem`` for a wrong key, for one who guesses too often, and for a request that
        another site has made a browser send.
        """
        secret = _secret_in(request)
        if secret is not None and len(self.keys):
            return self.log_in(request, secret)
        if not len(self.keys):
            _refuse_strange_hosts(request)
            _refuse_other_sites(request, None)
            return ANYBODY
        session = self.sessions.find(request.cookies.get(COOKIE, ""))
        if session is None:
            return None
        _refuse_other_sites(request, session.token)
        return self.keys.named(session.name)

    def log_in(self, request: Request, secret: str) -> Principal:
        """Return the holder of ``secret``; raise ``Problem`` when it is nobody's key."""
        who = _address_of(request)
        wait_s = self.throttle.wait_s(who)
        if wait_s:
            if self.throttle.is_news(who):
                self._tell(who, "throttled")
            headers = {"retry-after": str(wait_s)}
            raise Problem(TOO_OFTEN, f"Try again in {wait_s} s.", headers=headers)
        principal = self.keys.find(secret)
        if principal is None:
            self.throttle.note_failure(who)
            self._tell(who, "refused")
            raise Problem(UNAUTHENTICATED, "The key is not known here.", headers=_CHALLENGE)
        self.throttle.forget(who)
        return principal

    def open_session(self, request: Request, secret: str) -> str:
        """Return the cookie of a new session for the holder of ``secret``; see ``log_in``."""
        principal = self.log_in(request, secret)
        self._tell(_address_of(request), "accepted", principal.name)
        return self.sessions.open(principal.name)

    def _tell(
        self, address: str, result: Literal["accepted", "refused", "throttled"], key: str = ""
    ) -> None:
        self.observer.observe(LoginAttempted(address=address, key=key, result=result))


def _address_of(request: Request) -> str:
    return request.client.host if request.client else ""


def _secret_in(request: Request) -> str | None:
    given = request.headers.getlist(KEY_HEADER)
    for header in request.headers.getlist("authorization"):
        scheme, _, credentials = header.partition(" ")
        if scheme.lower() == "bearer":
            given.append(credentials.strip())
    if len(given) > 1:
        raise Problem(UNAUTHENTICATED, "Send one key, not several.", headers=_CHALLENGE)
    return given[0] if given else None


def _refuse_other_sites(request: Request, token: str | None) -> None:
    """Refuse what a browser sends on behalf of another site; programs send no such headers."""
    if request.method in _SAFE:
        return
    site = request.headers.get("sec-fetch-site", "none")
    origin = request.headers.get("origin")
    if site not in ("none", "same-origin") or (
        origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    ):
        raise Problem(FORBIDDEN, "Another site may not change anything here.")
    if token is not None and not hmac.compare_digest(
        request.headers.get(TOKEN_HEADER, "").encode(), token.encode()
    ):
        detail = f"The header {TOKEN_HEADER} must carry the session's token; reload the page."
        raise Problem(FORBIDDEN, detail)


def _refuse_strange_hosts(request: Request) -> None:
    """Refuse names that a site may have made point at this machine (DNS rebinding)."""
    name = request.url.hostname or ""
    try:
        local = ipaddress.ip_address(name).is_loopback
    except ValueError:
        local = name == _LOCAL_NAME or name.endswith(".localhost")
    if not local:
        detail = "Without keys only this machine is served, under its own name (localhost)."
        raise Problem(FORBIDDEN, detail)
