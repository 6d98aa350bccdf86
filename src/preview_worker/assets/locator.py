"""Addresses of remote assets, read strictly: one shape is understood and all else is refused.

Two readers of one address who disagree about its host are how most filters are passed, so nothing
is repaired here, and what is asked for later is built from the parts and never from the text.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin

from preview_worker.contract import ErrorCode, PreviewError

HTTPS_PORT = 443
MAX_CHARS = 4096
SHOWN_CHARS = 120
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_LAST_LABEL = r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
HOST = rf"(?:{_LABEL}\.)+{_LAST_LABEL}"
"""Two labels at least, the last of which begins with a letter: so no IPv4 address in any spelling,
no IPv6 address, no name that only the local network knows, and no dot at the end."""
_ADDRESS = re.compile(
    rf"https://(?P<host>{HOST})(?::(?P<port>[0-9]{{1,5}}))?(?P<target>[/?][^#]*)?(?:#.*)?",
    re.IGNORECASE | re.ASCII,
)
_MAX_HOST_CHARS = 253
_MAX_PORT = 65535
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")
_KEPT = "%/:?#[]@!$&'()*+,;=~-._"


@dataclass(frozen=True, slots=True)
class Locator:
    """Where an asset is to be had: by https from ``host``, whatever ``target`` means there."""

    host: str
    port: int
    target: str

    def __str__(self) -> str:
        """Return the address in its one spelling, with all that may be secret in its query."""
        port = "" if self.port == HTTPS_PORT else f":{self.port}"
        return f"https://{self.host}{port}{self.target}"

    @property
    def key(self) -> str:
        """What the cache calls the address, which may itself be a secret."""
        return hashlib.sha256(str(self).encode()).hexdigest()

    def join(self, reference: str) -> Locator:
        """Return where a redirect to ``reference`` leads; raise as ``read_locator`` does."""
        if _UNSEEN.search(reference):
            raise forbidden(reference, "holds characters that no address has")
        try:
            joined = urljoin(str(self), reference)
        except ValueError:
            raise forbidden(reference, "cannot be understood") from None
        return read_locator(joined)


def read_locator(address: str) -> Locator:
    """Read an address; raise ``PreviewError`` (ASSET_FORBIDDEN) for any but a plain https one."""
    if len(address) > MAX_CHARS:
        raise forbidden(address, f"has more than {MAX_CHARS} characters")
    if _UNSEEN.search(address):
        raise forbidden(address, "holds characters that no address has")
    match = _ADDRESS.fullmatch(address)
    if match is None or len(match["host"]) > _MAX_HOST_CHARS:
        raise forbidden(address, "does not have the shape https://host.example/path")
    port = int(match["port"] or HTTPS_PORT)
    if not 0 < port <= _MAX_PORT:
        raise forbidden(address, "names a port that does not exist")
    target = match["target"] or "/"
    try:
        target = quote(target if target.startswith("/") else f"/{target}", safe=_KEPT)
    except UnicodeEncodeError:
        raise forbidden(address, "holds half a character") from None
    return Locator(match["host"].lower(), port, target)


def shown(address: str) -> str:
    """Return an address as messages may show it: without user, query and fragment."""
    plain = re.split(r"[?#]", address, maxsplit=1)[0]
    plain = re.sub(r"//[^/@]*@", "//…@", plain)
    return repr(plain[:SHOWN_CHARS])


def forbidden(address: str, why: str) -> PreviewError:
    """Return the refusal of ``address``, which ``why`` continues as a sentence."""
    message = f"Nothing is fetched from {shown(address)}: it {why}."
    return PreviewError(ErrorCode.ASSET_FORBIDDEN, message)
