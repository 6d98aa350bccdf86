"""Whether a service looks at the conditions of a write. Blocks on the network.

Some take If-None-Match and If-Match, and write all the same. A worker that was held up could then
replace a newer preview, and nobody would notice. So it is tried, on an object of our own that stays
where it is and is shared by all: nothing has to be removed, and what other workers try at the same
time changes no answer. It takes four requests; three where the object is not there yet are two.
"""

from __future__ import annotations

import random
import time
from enum import Enum
from typing import TYPE_CHECKING

from preview_worker.artifacts.objects.blob import read_blob, write_blob
from preview_worker.artifacts.objects.trouble import storage_trouble
from preview_worker.contract import ErrorCode, PreviewError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

PROOF_KEY = "conditions"
_PROOF = b'{"about": "Written to see whether this service looks at the conditions of a write."}\n'
_NOBODYS = '"00000000000000000000000000000000"'
"""A tag that no object has."""
_CREATIONS = 3
"""Not two: somebody might remove the object in between."""
_TRIES = 6
_PAUSE_S = 0.05
_CARELESS = (
    "The object storage takes {} and does not look at it, so a worker that was held up "
    "could replace a newer preview. Nothing is published there."
)


class TagForm(Enum):
    """How the tag of an object is sent back to the service that gave it."""

    AS_TOLD = "as told"
    BARE = "bare"
    """Without its quotes: Ceph's gateway before 18 compares it so."""

    def of(self, tag: str) -> str:
        """Return ``tag`` in this form."""
        return tag.strip('"') if self is TagForm.BARE else tag


def try_conditions(store: ObjectStore) -> TagForm:
    """Return the form of tags in which the service honours conditions.

    Raises ``PreviewError`` with ``transient.storage`` when it does not, and when it cannot be told.
    """
    with storage_trouble("it was tried whether it looks at conditions"):
        if all(write_blob(store, PROOF_KEY, _PROOF, None) for _ in range(_CREATIONS)):
            raise PreviewError(ErrorCode.STORAGE, _CARELESS.format("If-None-Match"))
        if write_blob(store, PROOF_KEY, _PROOF, _NOBODYS):
            raise PreviewError(ErrorCode.STORAGE, _CARELESS.format("If-Match"))
        for attempt in range(_TRIES):
            time.sleep(_PAUSE_S * attempt * random.uniform(0.5, 1.5))  # noqa: S311 -- no secret
            form = _accepted(store, again=attempt > 0)
            if form is not None:
                return form
    message = (
        "The object storage refuses conditional writes although nobody else writes. "
        "It must honour If-Match and If-None-Match."
    )
    raise PreviewError(ErrorCode.STORAGE, message)


def _accepted(store: ObjectStore, *, again: bool) -> TagForm | None:
    """Write over what is there; return the form of its tag that was accepted, if any was.

    Only when tried ``again``, because a service may refuse a right tag in passing, and a bare one
    is no tag by the book: who does not understand it may well ignore it, and then it is not used.
    """
    seen = read_blob(store, PROOF_KEY)
    if seen is None or not seen.tag:
        return None
    if write_blob(store, PROOF_KEY, _PROOF, seen.tag):
        return TagForm.AS_TOLD
    now = read_blob(store, PROOF_KEY)
    if not again or now is None or now.tag != seen.tag:
        return None  # another worker tries it, too
    bare = TagForm.BARE
    if write_blob(store, PROOF_KEY, _PROOF, bare.of(_NOBODYS)):
        return None
    return bare if write_blob(store, PROOF_KEY, _PROOF, bare.of(seen.tag)) else None
