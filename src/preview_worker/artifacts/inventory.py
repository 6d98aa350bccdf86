"""Takes stock of a staging folder: every file that was promised, with its size and digest."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from preview_worker.artifacts.disk import (
    FOLDER_MODE,
    open_inside,
    remove_entry,
    settle_file,
    settle_folder,
    settle_inner_folder,
    write_durably,
)
from preview_worker.artifacts.draft import PreviewDraft
from preview_worker.artifacts.manifest import (
    CONTAINER_NAME,
    JSON_TYPE,
    MANIFEST_NAME,
    PREVIEW_NAME,
    Document,
    StoredFile,
    container_document,
    encode_document,
    manifest_document,
    preview_document,
)
from preview_worker.artifacts.record import is_inner_path
from preview_worker.contract import ErrorCode, PreviewError, RenderedFile

_DOCUMENT_NAMES = frozenset({PREVIEW_NAME, CONTAINER_NAME, MANIFEST_NAME})


@dataclass(frozen=True, slots=True)
class Stock:
    """What lies in a staging folder, all of it on disk: everything but the manifest."""

    files: tuple[StoredFile, ...]
    created_at: datetime


def take_stock(folder: Path, draft: PreviewDraft, created_at: datetime) -> Stock:
    """Make a staging folder complete and durable but for its manifest.

    Files that the draft does not name are removed, the documents are added, and all of them are on
    disk when this returns. Raises ``PreviewError`` with ``permanent.protocol`` when a file that the
    draft names is missing or not a plain file, ``OSError`` when the disk refuses.
    """
    _refuse_strange_names(draft.rendered.files)
    names = {file.name for file in draft.rendered.files}
    folders = _folders_of(names)
    _remove_strangers(folder, names, folders)
    files = [_take_in(folder, file) for file in draft.rendered.files]
    for inner in folders:
        settle_inner_folder(folder, inner)
    files.append(_add(folder, PREVIEW_NAME, preview_document(draft, created_at)))
    files.append(_add(folder, CONTAINER_NAME, container_document(draft, files, created_at)))
    return Stock(tuple(files), created_at)


def seal_folder(folder: Path, draft: PreviewDraft, stock: Stock, publication: int) -> bytes:
    """Add the manifest with the number of the publication; all is on disk when this returns.

    A manifest that is there, with a number that turned out too small, is replaced.
    """
    document = manifest_document(draft, stock.files, stock.created_at, publication)
    manifest = encode_document(document)
    remove_entry(folder / MANIFEST_NAME)
    write_durably(folder / MANIFEST_NAME, manifest)
    folder.chmod(FOLDER_MODE)
    settle_folder(folder)
    return manifest


def _refuse_strange_names(files: Iterable[RenderedFile]) -> None:
    for file in files:
        if not is_inner_path(file.name) or file.name in _DOCUMENT_NAMES:
            raise _broken_promise(file, "it is not a name for a rendered file")


def _folders_of(names: Iterable[str]) -> list[str]:
    """Return every folder that ``names`` lie in, below the preview's own, the deepest first."""
    parents = {str(parent) for name in names for parent in PurePosixPath(name).parents}
    return sorted(parents - {"."}, key=lambda path: (-path.count("/"), path))


def _remove_strangers(folder: Path, names: Iterable[str], folders: Iterable[str]) -> None:
    """Remove whatever is neither expected nor a folder on the way to something expected."""
    kept, passed = set(names) - _DOCUMENT_NAMES, set(folders)
    waiting = list(folder.iterdir())
    while waiting:
        path = waiting.pop()
        name = path.relative_to(folder).as_posix()
        if name in passed and stat.S_ISDIR(path.lstat().st_mode):
            waiting += path.iterdir()
        elif name not in kept | passed:
            remove_entry(path)


def _take_in(folder: Path, file: RenderedFile) -> StoredFile:
    try:
        descriptor = open_inside(folder, file.name)
    except FileNotFoundError as error:
        raise _broken_promise(file, "it is missing") from error
    except ValueError as error:
        raise _broken_promise(file, str(error)) from error
    with os.fdopen(descriptor, "rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
        size_bytes = os.fstat(descriptor).st_size
        settle_file(descriptor)
    return StoredFile(file.name, file.kind, file.media_type, size_bytes, digest, file.language)


def _add(folder: Path, name: str, document: Document) -> StoredFile:
    content = encode_document(document)
    write_durably(folder / name, content)
    digest = hashlib.sha256(content).hexdigest()
    return StoredFile(name, "document", JSON_TYPE, len(content), digest)


def _broken_promise(file: RenderedFile, reason: str) -> PreviewError:
    message = f"The renderer named the file {file.name!r}, but {reason}."
    return PreviewError(ErrorCode.PROTOCOL, message)
