"""Readers who look while previews are replaced see one preview whole, or the next one."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from pathlib import Path

import pytest

from preview_worker.artifacts import ArtifactSettings
from preview_worker.artifacts.local import LocalStore
from tests.unit.artifacts.drafts import CONTENT, draft, fill, ours

PUBLICATIONS = 100


class Reader(threading.Thread):
    """Opens the published folder again and again and checks all of it against its manifest."""

    def __init__(self, place: Path) -> None:
        """Look at ``place``; ``absent`` counts looks that found nothing there."""
        super().__init__()
        self._place = place
        self.over = threading.Event()
        self.whole: set[str] = set()
        self.mixed: list[str] = []
        self.absent = 0

    def run(self) -> None:
        """Read until told to stop."""
        while not self.over.is_set():
            try:
                folder = os.open(self._place, os.O_RDONLY | os.O_DIRECTORY)
            except FileNotFoundError:
                self.absent += 1
                continue
            try:
                self._check(folder)
            except FileNotFoundError:
                continue  # replaced and removed while we read: a reader opens the place again
            finally:
                os.close(folder)

    def _check(self, folder: int) -> None:
        manifest = json.loads(_read(folder, "preview-manifest.json"))
        for file in manifest["files"]:
            if hashlib.sha256(_read(folder, file["name"])).hexdigest() != file["sha256"]:
                self.mixed.append(file["name"])
        self.whole.add(manifest["inputDigest"])


def _read(folder: int, name: str) -> bytes:
    with os.fdopen(os.open(name, os.O_RDONLY, dir_fd=folder), "rb") as file:
        return file.read()


@pytest.mark.anyio
async def test_no_reader_sees_a_mixture_or_nothing(tmp_path: Path) -> None:
    """Through many publications the place is never empty and its files always belong together."""
    store = LocalStore(ArtifactSettings(data_dir=tmp_path))
    readers = [Reader(tmp_path / "previews" / "project-1" / "job-1") for _ in range(2)]
    for number in range(PUBLICATIONS):
        staging = await store.stage("project-1", "job-1", number)
        fill(staging.directory, dict.fromkeys(CONTENT, b"%d" % number * 1000))
        await store.publish(staging, draft(input_digest=str(number)), ours)
        if number == 0:
            for reader in readers:
                reader.start()
    for reader in readers:
        reader.over.set()
        reader.join()

    assert [reader.mixed for reader in readers] == [[], []]
    assert [reader.absent for reader in readers] == [0, 0]
    assert all(len(reader.whole) > 1 for reader in readers)
