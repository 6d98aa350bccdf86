"""The power may fail at any moment of publishing: what is on the disk by then is whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from preview_worker.artifacts import ArtifactSettings
from preview_worker.artifacts import shelf as shelf_module
from preview_worker.artifacts.exchange import put_in_place
from preview_worker.artifacts.local import LocalStore
from tests.unit.artifacts.drafts import CONTENT, NESTED, draft, fill, ours, rendered
from tests.unit.artifacts.drafts import FILES as FLAT

pytestmark = pytest.mark.anyio


class Disk:
    """Remembers what of each file and folder would outlast a power cut: what was synced last."""

    def __init__(self) -> None:
        """Begin with a disk that holds nothing for sure."""
        self._kept: dict[int, object] = {}
        self._fsync = os.fsync

    def fsync(self, descriptor: int) -> None:
        """Sync, and remember."""
        self._fsync(descriptor)
        self._kept[os.fstat(descriptor).st_ino] = _state(_path(descriptor))

    def lost(self, folder: Path) -> list[str]:
        """Return what of ``folder`` would not be as it is after a power cut now."""
        paths = [folder, *sorted(folder.rglob("*"))]
        return [
            str(path.relative_to(folder))
            for path in paths
            if self._kept.get(path.stat().st_ino) != _state(path)
        ]


def _path(descriptor: int) -> Path:
    return Path(f"/proc/self/fd/{descriptor}").readlink()


def _state(path: Path) -> object:
    return sorted(one.name for one in path.iterdir()) if path.is_dir() else path.read_bytes()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="asks the kernel what is open")
async def test_nothing_is_put_in_place_that_a_power_cut_could_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D3: at the rename every file and folder is on the disk as it is; after it, so is the place.

    A file system keeps a rename or loses it as a whole, so a reader sees the older preview or the
    newer one, and neither with a file that is empty or missing.
    """
    disk = Disk()
    lost_at_rename: list[list[str]] = []

    def look_and_put(staged: Path, place: Path) -> None:
        lost_at_rename.append(disk.lost(staged))
        put_in_place(staged, place)

    monkeypatch.setattr(os, "fsync", disk.fsync)
    monkeypatch.setattr(shelf_module, "put_in_place", look_and_put)
    store = LocalStore(ArtifactSettings(data_dir=tmp_path))
    for number in (1, 2):
        staging = await store.stage("project-1", "job-1", number)
        fill(staging.directory, {**CONTENT, NESTED: b"%d" % number})
        newer = draft(input_digest=f"digest-{number}", preview=rendered(FLAT))
        await store.publish(staging, newer, ours)

    assert lost_at_rename == [[], []]
    assert disk.lost(tmp_path / "previews" / "project-1") == []
