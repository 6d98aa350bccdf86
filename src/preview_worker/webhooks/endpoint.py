"""Where deliveries go, and the secrets that sign them, as an operator writes both.

Addresses may hold secrets of their own, so no message here quotes one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, urlsplit

SECRET_PREFIX = "whsec_"  # noqa: S105 -- how a secret begins, and none itself
MOST_ENDPOINTS = 16
_SECRET_BYTES = range(24, 65)
"""How long the standard wants a secret to be."""
_PORTS = {"https": 443, "http": 80}
_LOCAL_NAME = "localhost"
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|[0-9a-f:.]{2,45}", re.ASCII)
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
_KEPT = "%/:?#[]@!$&'()*+,;=~-._"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An address that deliveries are posted to."""

    scheme: str
    host: str
    port: int
    target: str = field(repr=False)
    """The path and the query, which may be secret."""
    secrets: tuple[bytes, ...] = field(repr=False)
    """Each of them signs: two of them while one takes the place of the other."""
    private: bool = False
    """Whether its host may have an address in a private network."""

    @property
    def local(self) -> bool:
        """Whether it is at this machine, by its very name."""
        return _is_local(self.host)

    @property
    def key(self) -> str:
        """What the queue calls the endpoint: the same for the same address at every start."""
        address = f"{self.scheme}://{self.authority}{self.target}"
        return hashlib.sha256(address.encode()).hexdigest()[:16]

    @property
    def authority(self) -> str:
        """The host and, if it is not the usual one, the port, as the header ``Host`` has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def read_endpoints(urls: str, secrets: str, private_hosts: str = "") -> tuple[Endpoint, ...]:
    """Read addresses, their secrets, and the hosts among them that may be private.

    Each is a list with commas. One secret serves for all addresses, else there is one for each; a
    secret may be two with ``|`` between. Raises ``ValueError`` with a sentence for people.
    """
    addresses, keys = _parts(urls), [_read_secrets(part) for part in _parts(secrets)]
    if len(addresses) > MOST_ENDPOINTS:
        message = f"there are {len(addresses)} webhook addresses; {MOST_ENDPOINTS} are possible"
        raise ValueError(message)
    if len(keys) == 1:
        keys *= len(addresses)
    if len(keys) != len(addresses):
        message = (
            f"there are {len(addresses)} webhook addresses and {len(keys)} secrets; "
            "give one secret for all, or one for each"
        )
        raise ValueError(message)
    private = {part.lower() for part in _parts(private_hosts)}
    pairs = enumerate(zip(addresses, keys, strict=True), 1)
    found = tuple(_read_endpoint(number, *pair, private) for number, pair in pairs)
    if len({endpoint.key for endpoint in found}) < len(found):
        message = "two webhook addresses are the same"
        raise ValueError(message)
    return found


def _read_endpoint(
    number: int, url: str, secrets: tuple[bytes, ...], private: set[str]
) -> Endpoint:
    what = f"webhook address {number}"
    if _UNSEEN.search(url):
        message = f"{what} holds characters that no address has"
        raise ValueError(message)
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme, (parts.hostname or "").lower(), parts.port
    except ValueError:
        parts, scheme, host, port = urlsplit(""), "", "", None
    if scheme not in _PORTS or not _HOST.fullmatch(host) or port == 0:
        message = f"{what} does not have the shape https://host.example/path"
        raise ValueError(message)
    if parts.username is not None or parts.password is not None or parts.fragment:
        message = f"{what} must have neither a user nor a fragment"
        raise ValueError(message)
    if scheme == "http" and not _is_local(host):
        message = f"{what} must begin with https://; only this machine may be told in the open"
        raise ValueError(message)
    return Endpoint(
        scheme=scheme,
        host=host,
        port=port or _PORTS[scheme],
        target=_target(parts),
        secrets=secrets,
        private=host in private,
    )


def _target(parts: SplitResult) -> str:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return quote(target, safe=_KEPT)


def _read_secrets(text: str) -> tuple[bytes, ...]:
    return tuple(_read_secret(part.strip()) for part in text.split("|"))


def _read_secret(text: str) -> bytes:
    try:
        secret = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        secret = b""
    if not text.startswith(SECRET_PREFIX) or len(secret) not in _SECRET_BYTES:
        message = (
            f"a webhook secret is {SECRET_PREFIX} and {_SECRET_BYTES.start} to "
            f"{_SECRET_BYTES.stop - 1} random bytes in base64"
        )
        raise ValueError(message)
    return secret


def _parts(text: str) -> list[str]:
    """Return the entries of a list with commas, or with a line for each."""
    return [part.strip() for line in text.splitlines() for part in line.split(",") if part.strip()]


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == _LOCAL_NAME
