"""A small object: read whole, and written only if it is still what it was.

All but ``fetch_blob`` block on the network. What goes wrong is raised as obstore raises it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import obstore

from preview_worker.artifacts.objects.line import ask
from preview_worker.artifacts.objects.trouble import ABSENT, REFUSED

if TYPE_CHECKING:
    from obstore import PutMode
    from obstore.store import ObjectStore

_HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-cache"}


@dataclass(frozen=True, slots=True)
class Blob:
    """A small object as it was read. ``tag`` is the ETag that the service gave this version."""

    content: bytes
    tag: str
    modified_at: datetime


async def fetch_blob(store: ObjectStore, key: str, most_bytes: int | None = None) -> Blob | None:
    """Return an object; None where there is none, or one larger than ``most_bytes``."""
    try:
        found = await obstore.get_async(store, key)
        if most_bytes is not None and found.meta["size"] > most_bytes:
            return None
        content = bytes(await found.bytes_async())
    except ABSENT:
        return None
    return Blob(content, found.meta["e_tag"] or "", found.meta["last_modified"])


def read_blob(store: ObjectStore, key: str) -> Blob | None:
    """Return an object; None where there is none."""
    return ask(lambda: fetch_blob(store, key))


def write_blob(store: ObjectStore, key: str, content: bytes, tag: str | None) -> bool:
    """Write an object if its tag is ``tag``, or if there is none for None; tell whether."""
    mode: PutMode = "create" if tag is None else {"e_tag": tag}
    try:
        ask(lambda: obstore.put_async(store, key, content, attributes=_HEADERS, mode=mode))
    except REFUSED:
        return False
    return True
