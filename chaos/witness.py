"""A reader of published previews: it reads manifests and what they list, and believes no digest."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import av

from preview_worker.artifacts.manifest import MANIFEST_NAME, StoredFile
from preview_worker.artifacts.record import DamagedManifestError, ManifestRecord, read_manifest

_PAUSE_S = 0.02
_MEDIA = {".mp4", ".webm"}


class GoneError(Exception):
    """The preview was exchanged for another one while it was read."""


def read_whole(folder: Path) -> tuple[ManifestRecord, list[str]]:
    """Read a preview as readers should, by one descriptor; return its record and what is wrong.

    Raises ``GoneError`` when the folder was taken away meanwhile, ``OSError`` when there is none.
    """
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            record = read_manifest(_content(place, MANIFEST_NAME))
        except FileNotFoundError as error:
            raise GoneError from error
        except DamagedManifestError as error:
            return _nothing(folder), [f"{folder.name}: {error}"]
        return record, [wrong for file in record.files for wrong in _compare(place, folder, file)]
    finally:
        os.close(place)


def _compare(place: int, folder: Path, file: StoredFile) -> list[str]:
    try:
        found = hashlib.sha256(_content(place, file.name)).hexdigest()
    except FileNotFoundError as error:
        raise GoneError from error
    same = found == file.sha256
    return [] if same else [f"{folder.name}/{file.name} is not what the manifest says"]


def undecodable(folder: Path) -> list[str]:
    """Decode all media of a preview; return what cannot be decoded to its end."""
    wrong = []
    for path in folder.iterdir():
        if path.suffix not in _MEDIA:
            continue
        try:
            with av.open(str(path)) as media:
                frames = sum(1 for _ in media.decode(video=0))
        except (OSError, ValueError, IndexError) as error:
            wrong.append(f"{folder.name}/{path.name}: {error}")
        else:
            if not frames:
                wrong.append(f"{folder.name}/{path.name} has no frames")
    return wrong


@dataclass(slots=True)
class Witness:
    """Reads published previews at random, in a thread, until the block ends."""

    previews: Path
    seed: int
    reads: int = 0
    gone: int = 0
    wrong: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Begin to read."""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop reading."""
        self._over.set()
        assert self._thread is not None
        self._thread.join()

    def _read(self) -> None:
        draw = random.Random(self.seed)
        while not self._over.wait(_PAUSE_S):
            with contextlib.suppress(OSError):
                folders = list(self.previews.iterdir())
                if folders:
                    self._look(draw.choice(folders))

    def _look(self, folder: Path) -> None:
        try:
            _, wrong = read_whole(folder)
        except GoneError:
            self.gone += 1
        else:
            self.reads += 1
            self.wrong += wrong


def _content(place: int, name: str) -> bytes:
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=place)
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def _nothing(folder: Path) -> ManifestRecord:
    return ManifestRecord("", folder.name, 0, "", dry_run=False, files=())
