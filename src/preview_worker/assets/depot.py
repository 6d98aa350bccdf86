"""A bucket as one more asset root: who reads it, and what an address in it may be.

The bucket is the operator's choice and never a payload's. Keys are taken as they are written:
nothing is decoded, so no spelling of a name means another one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal, Protocol

from preview_worker.assets.locator import SHOWN_CHARS, forbidden, shown
from preview_worker.assets.port import Wanted
from preview_worker.contract import ErrorCode, PreviewError

SCHEME = "s3"
_MAX_KEY_BYTES = 1024
_IMPOSSIBLE = re.compile(r"[\x01-\x1f\x7f-\x9f\ud800-\udfff]")


class Parcel(Protocol):
    """What a depot says of an object, and its bytes if they are wanted."""

    @property
    def standing(self) -> Literal["here", "absent", "unchanged"]:
        """Whether it comes, does not exist, or is what it was when it had the known tag."""

    @property
    def tag(self) -> str:
        """The ETag of this version of it."""

    @property
    def size_bytes(self) -> int:
        """How many bytes are announced."""

    @property
    def pieces(self) -> AsyncGenerator[bytes, None]:
        """Its bytes. Raises ``PreviewError`` (STORAGE) where they end too early."""


class Depot(Protocol):
    """A bucket that assets are read from."""

    @property
    def root(self) -> str:
        """Its address, ``s3://bucket/prefix``, without a slash at its end."""

    @property
    def service(self) -> str:
        """Who keeps the bucket: buckets of one name at two services are two."""

    async def open(self, path: str, known_tag: str) -> Parcel:
        """Ask for the object at ``path`` below the root, unless it has the ``known_tag`` still.

        Raises ``PreviewError`` (STORAGE) when it cannot be known whether there is one.
        """


@dataclass(frozen=True, slots=True)
class DepotLocator:
    """Where an object is to be had: at ``path`` below the ``root`` of a depot."""

    service: str
    root: str
    path: str

    def __str__(self) -> str:
        """Return the address in its one spelling."""
        return f"{self.root}/{self.path}"

    @property
    def host(self) -> str:
        """The bucket's name."""
        return self.root.removeprefix(f"{SCHEME}://").partition("/")[0]

    @property
    def key(self) -> str:
        """What the cache calls the address."""
        return hashlib.sha256(f"{self.service} {self}".encode()).hexdigest()


def is_stored(address: str) -> bool:
    """Tell whether an address is one in a bucket."""
    return address.startswith(f"{SCHEME}://")


def stored_of(wanted: Wanted) -> Wanted:
    """Return what is wanted of a bucket alone."""
    stored = {
        tuple(filter(is_stored, addresses)): max_bytes for addresses, max_bytes in wanted.items()
    }
    return {addresses: max_bytes for addresses, max_bytes in stored.items() if addresses}


def read_depot_locator(address: str, depot: Depot) -> DepotLocator:
    """Read an address below the root of ``depot``; raise ``PreviewError`` for every other one.

    The code is ASSET_FORBIDDEN for other places, ASSET_REF for what cannot be followed, and
    ASSET_MISSING for names that no object can have.
    """
    if not address.startswith(f"{depot.root}/"):
        raise forbidden(address, "does not lie below the address that PREVIEW_ASSETS_URL names")
    path = address.removeprefix(f"{depot.root}/")
    if "\0" in path or not {"", ".", ".."}.isdisjoint(path.split("/")):
        message = (
            f"{shown(address)} cannot be followed: it holds '..', '.', an empty step or a NUL. "
            "Give the key as the bucket lists it."
        )
        raise PreviewError(ErrorCode.ASSET_REF, message)
    if _IMPOSSIBLE.search(path) or len(f"{depot.root}/{path}".encode()) > _MAX_KEY_BYTES:
        raise not_in_bucket(address)
    return DepotLocator(depot.service, depot.root, path)


def not_in_bucket(address: str) -> PreviewError:
    """Return the refusal of an asset that no object is."""
    message = f"The asset {address[:SHOWN_CHARS]!r} does not exist; check its key in the bucket."
    return PreviewError(ErrorCode.ASSET_MISSING, message)
