"""Which files of the log are too old to be kept. That they are removed is itself a record."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from preview_worker.observability.audit.folder import LogFile, log_files
from preview_worker.observability.audit.record import PRUNE, Deed, Position
from preview_worker.observability.audit.settings import AuditSettings
from preview_worker.observability.audit.tail import first_record

_MOST_AT_ONCE = 60
"""So many files a record can name."""


class Expired(NamedTuple):
    """A file to remove, and the last record that it holds."""

    path: Path
    last_seq: int
    last_hash: str


def expired_files(settings: AuditSettings, sealed: Position | None) -> list[Expired]:
    """Return the oldest files that nobody has to keep, if they lie before what is ``sealed``.

    To be asked before a new file is begun, so that the newest file is never among them.
    """
    files = log_files(settings.folder)
    found: list[Expired] = []
    for file, following in pairwise(files):
        left = len(files) - len(found)
        if len(found) == _MOST_AT_ONCE or not _is_expired(file, left, settings):
            break
        record = first_record(following)
        if record is None or sealed is None or record.seq - 1 > sealed.seq:
            break
        found.append(Expired(file.path, record.seq - 1, record.before))
    return found


def prune_deed(expired: Sequence[Expired]) -> Deed:
    """Return the deed that tells of the files; the verifier needs it to see that all is well."""
    files = [
        {"file": one.path.name, "last_seq": one.last_seq, "last_hash": one.last_hash}
        for one in expired
    ]
    return Deed(action=PRUNE, detail={"files": files})


def remove(expired: Sequence[Expired]) -> None:
    """Remove files, the oldest first; one that cannot be removed is found again later."""
    for one in expired:
        with contextlib.suppress(OSError):
            one.path.unlink()


def _is_expired(file: LogFile, left: int, settings: AuditSettings) -> bool:
    age_s = time.time() - file.path.stat().st_mtime
    return left >= settings.keep_files or age_s > settings.keep_s
