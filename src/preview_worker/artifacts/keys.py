"""Where a preview stands: ids of producers mapped to folder names that can harm nobody.

A harmless id keeps its spelling, so ``previews/<projectId>/<jobId>/`` looks as it always did. Any
other id becomes ``<slug>~<SHA-256 of the id in base32>``. No harmless id holds ``~``, so the two
kinds never meet, and two ids of the second kind meet only where SHA-256 does.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import PurePosixPath

PREVIEWS = "previews"

_MARK = "~"
_HARMLESS = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9_-])){0,99}")
_WINDOWS_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_MADE_SAFE = re.compile(r"[a-z0-9_][a-z0-9_-]{0,39}~[a-z2-7]{52}")
_NOT_IN_SLUG = re.compile(r"[^a-z0-9_]+")
_SLUG_CHARS = 40


def folder_name(identifier: str, *, fold_case: bool = False) -> str:
    """Return the folder name of a project or a job, at most 100 ASCII characters long.

    With ``fold_case``, for file systems that take ``A`` and ``a`` for one letter, an id with a
    capital counts as harmful, so that two ids which differ in case alone stay apart there too.
    """
    return identifier if _is_harmless(identifier, fold_case=fold_case) else _safe(identifier)


def preview_folder(project_id: str, job_id: str, *, fold_case: bool = False) -> PurePosixPath:
    """Return the folder of a job's preview, relative to the data directory."""
    project = folder_name(project_id, fold_case=fold_case)
    return PurePosixPath(PREVIEWS, project, folder_name(job_id, fold_case=fold_case))


def is_folder_name(name: str) -> bool:
    """Tell whether ``name`` is what ``folder_name`` makes of some id."""
    return _is_harmless(name, fold_case=False) or _MADE_SAFE.fullmatch(name) is not None


def _is_harmless(identifier: str, *, fold_case: bool) -> bool:
    if _HARMLESS.fullmatch(identifier) is None or _WINDOWS_DEVICE.fullmatch(identifier):
        return False
    return not fold_case or identifier == identifier.lower()


def _safe(identifier: str) -> str:
    # surrogatepass, because JSON can carry half a surrogate pair and every id needs a folder.
    digest = hashlib.sha256(identifier.encode("utf-8", "surrogatepass")).digest()
    code = base64.b32encode(digest).decode("ascii").rstrip("=").lower()
    slug = _NOT_IN_SLUG.sub("-", identifier[:_SLUG_CHARS].lower()).strip("-")
    return f"{slug or 'id'}{_MARK}{code}"
