"""Keys that open the HTTP interface, and what each allows."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

_DIGEST = re.compile(r"sha256=([0-9a-f]{64})")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
MIN_SECRET_CHARS = 16


class Role(IntEnum):
    """What somebody may do. Each role includes those before it."""

    READ = 1
    """Look at jobs, previews and figures."""
    SUBMIT = 2
    """Add jobs, and cancel them."""
    OPERATE = 3
    """Steer the queue, replay and drop dead letters."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who was let in."""

    name: str
    role: Role
    projects: frozenset[str] = field(default_factory=frozenset)
    """The only projects that exist for this somebody; empty for all."""

    def sees(self, project_id: str) -> bool:
        """Tell whether jobs of a project are any of this somebody's business."""
        return not self.projects or project_id in self.projects


ANYBODY = Principal("anybody", Role.OPERATE)
"""Whoever comes while there are no keys; only loopback addresses are served then."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key as the server knows it: not the secret, but its digest."""

    principal: Principal
    digest: bytes = field(repr=False)


class KeyFormatError(ValueError):
    """A key cannot be read; the message says what is wrong with it, without telling its secret."""


class KeyRing:
    """All keys of a server."""

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        """Hold ``keys``."""
        self._keys = tuple(keys)

    def __len__(self) -> int:
        """Count the keys."""
        return len(self._keys)

    def find(self, secret: str) -> Principal | None:
        """Return whose key ``secret`` is; None when it is nobody's.

        Every digest is compared, in constant time, so that how long it takes tells nothing.
        """
        digest, found = _digest_of(secret), None
        for key in self._keys:
            if hmac.compare_digest(key.digest, digest):
                found = key.principal
        return found

    def named(self, name: str) -> Principal | None:
        """Return the holder of the key ``name``; None when there is no such key any more."""
        for key in self._keys:
            if key.principal.name == name:
                return key.principal
        return None


def read_keys(text: str) -> KeyRing:
    """Read keys, separated by commas or on lines of their own; raise ``KeyFormatError``.

    Each is ``name:role:secret`` or ``name:role:sha256=hex``, with ``@project|project`` at its end
    where it is for some projects only. Lines that begin with # are for people.
    """
    keys: list[Key] = []
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            continue
        keys += [_read_key(part.strip()) for part in line.split(",") if part.strip()]
    names = [key.principal.name for key in keys]
    if doubled := {name for name in names if names.count(name) > 1}:
        message = f"two keys have the name {min(doubled)}"
        raise KeyFormatError(message)
    return KeyRing(keys)


def _read_key(text: str) -> Key:
    name, _, rest = text.partition(":")
    role, _, rest = rest.partition(":")
    secret, _, projects = rest.partition("@")
    if not _NAME.fullmatch(name):
        message = "a key begins with a name of letters, digits, '.', '_' and '-', then a colon"
        raise KeyFormatError(message)
    if role.upper() not in Role.__members__:
        message = f"the role of the key {name} must be read, submit or operate"
        raise KeyFormatError(message)
    given = _DIGEST.fullmatch(secret)
    if given is None and len(secret) < MIN_SECRET_CHARS:
        message = f"the secret of the key {name} is shorter than {MIN_SECRET_CHARS} characters"
        raise KeyFormatError(message)
    digest = bytes.fromhex(given.group(1)) if given else _digest_of(secret)
    allowed = frozenset(part for part in projects.split("|") if part)
    return Key(Principal(name, Role[role.upper()], allowed), digest)


def _digest_of(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()
