"""Folders in which previews can be watched while they are rendered."""

from __future__ import annotations

import os
import time
from pathlib import Path

from preview_worker.artifacts.live import LiveArea


def test_every_attempt_has_a_folder_of_its_own(tmp_path: Path) -> None:
    """A worker that lost its job writes where nobody looks any more."""
    area = LiveArea(tmp_path, 900)

    assert area.folder("p", "j", 1) == tmp_path / "live" / "p" / "j" / "1"
    assert area.folder("p", "j", 2) != area.folder("p", "j", 1)
    assert not (tmp_path / "live").exists()


def test_no_id_leads_out_of_the_data_folder(tmp_path: Path) -> None:
    """Names of producers are mapped as those of previews are."""
    folder = LiveArea(tmp_path, 900).folder("../../etc", "/passwd", 1)

    assert folder.resolve().is_relative_to(tmp_path / "live")


def test_what_did_not_grow_for_a_while_is_swept(tmp_path: Path) -> None:
    """With the folders around it that are empty then; what still grows stays."""
    area = LiveArea(tmp_path, 900)
    old, new = area.folder("p", "old", 1), area.folder("q", "new", 1)
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "index.m3u8").write_text("#EXTM3U\n")
    ago_s = time.time() - 1000
    os.utime(old, (ago_s, ago_s))

    assert area.sweep() == 1
    assert not old.parent.parent.exists()
    assert (new / "index.m3u8").is_file()


def test_links_are_not_followed(tmp_path: Path) -> None:
    """A sweep removes nothing outside."""
    outside = tmp_path / "outside" / "j" / "1"
    outside.mkdir(parents=True)
    os.utime(outside, (0, 0))
    (tmp_path / "live").mkdir()
    (tmp_path / "live" / "p").symlink_to(tmp_path / "outside")

    assert LiveArea(tmp_path, 900).sweep() == 0
    assert outside.is_dir()
