"""The one small object of a job that says which publication readers see. Nothing here does I/O.

``previews/<project>/<job>/current.json`` is written with a condition, so it is the fence: whoever
did not see the newest publication cannot replace it. The files of a publication lie beside it in a
folder of their own, which nothing is written to afterwards.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from preview_worker.artifacts.keys import PREVIEWS, folder_name, preview_folder
from preview_worker.artifacts.record import MOST_PUBLICATIONS, is_plain_name

POINTER_NAME = "current.json"
JOBS = "jobs"
"""Where the project of a job is found by those who know the job alone."""
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Pointer:
    """What stands in the small object. Without a ``folder`` the preview was removed."""

    publication: int
    folder: str | None
    manifest_sha256: str
    token: str
    """Like nothing else that was ever written there."""


def encode_pointer(pointer: Pointer) -> bytes:
    """Write a pointer as JSON."""
    document = {
        "schemaVersion": SCHEMA_VERSION,
        "publication": pointer.publication,
        "folder": pointer.folder,
        "manifestSha256": pointer.manifest_sha256,
        "token": pointer.token,
    }
    return json.dumps(document).encode()


def decode_pointer(raw: bytes) -> Pointer | None:
    """Read a pointer; None when it is none of ours."""
    try:
        document = json.loads(raw)
        number, folder = document["publication"], document["folder"]
        ours = (
            document["schemaVersion"] == SCHEMA_VERSION
            and type(number) is int
            and 0 <= number <= MOST_PUBLICATIONS
            and (folder is None or (isinstance(folder, str) and is_plain_name(folder)))
        )
        told = str(document["manifestSha256"]), str(document["token"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return Pointer(number, folder, *told) if ours else None


def job_prefix(project_id: str, job_id: str) -> str:
    """Return where all objects of a job are."""
    return preview_folder(project_id, job_id).as_posix()


def pointer_key(place: str) -> str:
    """Return the key of the pointer below a job's prefix."""
    return f"{place}/{POINTER_NAME}"


def project_key(job_id: str) -> str:
    """Return the key of the object that names the project of a job."""
    return f"{JOBS}/{folder_name(job_id)}"


def split_key(key: str) -> tuple[str, str, str] | None:
    """Return the project's folder, the job's and the rest of a key; None for other objects."""
    first, *parts = key.split("/", 3)
    if first != PREVIEWS or len(parts) != 3 or not all(parts):  # noqa: PLR2004 -- as in the docs
        return None
    return parts[0], parts[1], parts[2]
