"""A published preview as its manifest tells it: read with care, and turned into a job's result."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

from preview_worker.artifacts.manifest import (
    CONTAINER_NAME,
    MANIFEST_NAME,
    PREVIEW_NAME,
    SCHEMA_VERSION,
    Document,
    StoredFile,
)
from preview_worker.artifacts.port import PublishedPreview

MOST_PUBLICATIONS = 2**53 - 2
"""Redis counts in floating point numbers; beyond this there would be none that is greater."""
MAX_DEPTH = 4
"""Parts of a file's path within its preview, its own name among them."""


class DamagedManifestError(Exception):
    """A manifest is not one of ours."""


@dataclass(frozen=True, slots=True)
class ManifestRecord:
    """What is needed of a manifest to find the files and to answer for the job again."""

    project_id: str
    job_id: str
    attempt: int
    input_digest: str
    dry_run: bool
    files: tuple[StoredFile, ...]
    publication: int = 0
    """Of two previews of a job the one with the greater number is the newer; 0 for those that were
    published before there were numbers."""
    placeholders: tuple[str, ...] = ()
    """Ids of the scenes that could not be rendered, where placeholders are shown."""

    @property
    def size_bytes(self) -> int:
        """Bytes in all files that the manifest lists."""
        return sum(file.size_bytes for file in self.files)

    def published(self, root: PurePath | str, folder: PurePath) -> PublishedPreview:
        """Return the preview as it stands in ``folder`` (relative) under ``root`` (absolute).

        A root that is no path of a disk is the address of a bucket.
        """
        return PublishedPreview(
            project_id=self.project_id,
            job_id=self.job_id,
            attempt=self.attempt,
            input_digest=self.input_digest,
            dry_run=self.dry_run,
            size_bytes=self.size_bytes,
            result=self._result(root, folder),
        )

    def _result(self, root: PurePath | str, folder: PurePath) -> Document:
        place = f"{root}/{folder.as_posix()}/" if isinstance(root, str) else root / folder
        return {
            "status": "success",
            "dryRun": self.dry_run,
            "jobId": self.job_id,
            "artifactPath": _within(place, PREVIEW_NAME),
            "containerPath": _within(place, CONTAINER_NAME),
            "manifestPath": _within(place, MANIFEST_NAME),
            **({"placeholders": list(self.placeholders)} if self.placeholders else {}),
            "artifacts": [
                {
                    "name": file.name,
                    "kind": file.kind,
                    "path": (folder / file.name).as_posix(),
                    "mediaType": file.media_type,
                    "bytes": file.size_bytes,
                    "sha256": file.sha256,
                    **({"language": file.language} if file.language else {}),
                }
                for file in self.files
            ],
        }


def _within(place: PurePath | str, name: str) -> str:
    return place + name if isinstance(place, str) else str(place / name)


def read_manifest(raw: bytes) -> ManifestRecord:
    """Read a manifest; raise ``DamagedManifestError`` when it is none of ours."""
    try:
        return _read_record(_mapping(json.loads(raw)))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        message = f"the manifest cannot be read: {error!r}"
        raise DamagedManifestError(message) from error


def is_plain_name(name: str) -> bool:
    """Tell whether ``name`` names something in a folder, and nothing above or below it."""
    return name not in {"", ".", ".."} and not set(name) & {"/", "\\", ":", "\0"}


def is_inner_path(name: str) -> bool:
    """Tell whether ``name`` leads to something below a folder, with "/" between plain names."""
    parts = name.split("/")
    return len(parts) <= MAX_DEPTH and all(map(is_plain_name, parts))


def _read_record(document: Mapping[str, object]) -> ManifestRecord:
    if document["schemaVersion"] != SCHEMA_VERSION:
        message = f"schemaVersion {document['schemaVersion']!r} is not {SCHEMA_VERSION}"
        raise ValueError(message)
    files = document["files"]
    if not isinstance(files, list):
        message = "files is not a list"
        raise TypeError(message)
    return ManifestRecord(
        project_id=_text(document, "projectId"),
        job_id=_text(document, "jobId"),
        attempt=_count(document, "attempt"),
        input_digest=_text(document, "inputDigest"),
        dry_run=document["dryRun"] is True,
        files=tuple(_read_file(_mapping(file)) for file in files),
        publication=_publication(document),
        placeholders=_texts(document, "placeholders"),
    )


def _read_file(file: Mapping[str, object]) -> StoredFile:
    name = _text(file, "name")
    if not is_inner_path(name):
        message = f"{name!r} does not name a file of the preview"
        raise ValueError(message)
    return StoredFile(
        name=name,
        kind=_text(file, "kind"),
        media_type=_text(file, "mediaType"),
        size_bytes=_count(file, "bytes"),
        sha256=_text(file, "sha256"),
        language=_text(file, "language") if "language" in file else None,
    )


def _publication(document: Mapping[str, object]) -> int:
    number = _count(document, "publication") if "publication" in document else 0
    if number > MOST_PUBLICATIONS:
        message = f"publication is more than {MOST_PUBLICATIONS}"
        raise ValueError(message)
    return number


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        message = f"an object was expected, not {type(value).__name__}"
        raise TypeError(message)
    return value


def _text(document: Mapping[str, object], key: str) -> str:
    value = document[key]
    if not isinstance(value, str):
        message = f"{key} is not text"
        raise TypeError(message)
    return value


def _texts(document: Mapping[str, object], key: str) -> tuple[str, ...]:
    """Return a list of texts; an empty one where it is left out."""
    values = document.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        message = f"{key} is not a list of texts"
        raise TypeError(message)
    return tuple(values)


def _count(document: Mapping[str, object], key: str) -> int:
    value = document[key]
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        message = f"{key} is not a count"
        raise TypeError(message)
    return value
