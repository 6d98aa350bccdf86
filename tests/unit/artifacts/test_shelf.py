"""A preview counts as published only while all of it is there."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from preview_worker.artifacts import shelf as shelf_module
from preview_worker.artifacts.exchange import ASIDE
from preview_worker.artifacts.shelf import Shelf
from preview_worker.artifacts.turns import Turns
from tests.unit.artifacts.drafts import draft, fill, seal

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
NUMBERS = itertools.count(1)


def a_shelf(root: Path) -> Shelf:
    """Return a shelf under ``root``."""
    return Shelf(root, Turns(root / ".staging"))


def publish(root: Path, job_id: str = "job-1", input_digest: str = "digest-1") -> Path:
    """Put a preview on the shelf and return its folder."""
    staged = root / "staged"
    staged.mkdir()
    fill(staged)
    manifest = seal(staged, draft(job_id, input_digest=input_digest), NOON, next(NUMBERS))
    preview = a_shelf(root).put(staged, manifest)
    return Path(str(preview.result["artifactPath"])).parent


def test_a_preview_stands_under_project_and_job(tmp_path: Path) -> None:
    """The layout is the one that has always been."""
    assert publish(tmp_path) == tmp_path / "previews" / "project-1" / "job-1"


def test_nothing_is_written_outside_for_harmful_ids(tmp_path: Path) -> None:
    """Even an id that climbs stays three folders deep."""
    assert publish(tmp_path, "../../../x").parent == tmp_path / "previews" / "project-1"


def link_over(path: Path) -> None:
    """Put a link of the same size in the place of a file."""
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a file is missing": lambda folder: (folder / "poster.jpg").unlink(),
    "a file is cut": lambda folder: (folder / "preview.mp4").write_bytes(b"mov"),
    "a file is a link": lambda folder: link_over(folder / "poster.jpg"),
    "the manifest is missing": lambda folder: (folder / "preview-manifest.json").unlink(),
    "the manifest is cut": lambda folder: os.truncate(folder / "preview-manifest.json", 90),
    "preview.json is missing": lambda folder: (folder / "preview.json").unlink(),
}


@pytest.mark.parametrize("damage", list(DAMAGES.values()), ids=list(DAMAGES))
def test_a_damaged_preview_is_not_found(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    """It will be rendered again instead of being handed out."""
    damage(publish(tmp_path))

    assert a_shelf(tmp_path).find("project-1", "job-1") is None


def test_a_preview_of_another_job_in_the_place_is_not_found(tmp_path: Path) -> None:
    """The manifest says whose it is, wherever somebody may have moved it."""
    folder = publish(tmp_path, "job-1")
    folder.rename(folder.with_name("job-2"))

    assert a_shelf(tmp_path).find("project-1", "job-2") is None


def test_an_exchange_while_looking_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A manifest and files of two previews are never taken for one."""
    publish(tmp_path)
    read_whole = shelf_module._read_whole  # noqa: SLF001 -- the moment between two looks
    rivals = ["digest-2"]

    def read_while_another_publishes(folder: Path) -> object:
        record = read_whole(folder)
        if rivals:
            publish_over(tmp_path, rivals.pop())
        return record

    monkeypatch.setattr(shelf_module, "_read_whole", read_while_another_publishes)
    found = a_shelf(tmp_path).find("project-1", "job-1")

    assert found is not None
    assert found.input_digest == "digest-2"


def publish_over(root: Path, input_digest: str) -> None:
    """Publish once more, and leave the older preview where the exchange put it."""
    publish(root, input_digest=input_digest)


def test_a_preview_that_stepped_aside_is_put_back(tmp_path: Path) -> None:
    """Its successor never came, because the worker died between two renames."""
    folder = publish(tmp_path)
    aside = folder.rename(tmp_path / f"job-1.1.x{ASIDE}")
    a_shelf(tmp_path).salvage(aside)

    assert a_shelf(tmp_path).find("project-1", "job-1") is not None


def test_a_preview_that_was_replaced_is_not_put_back(tmp_path: Path) -> None:
    """The newer one stays."""
    aside = publish(tmp_path).rename(tmp_path / f"job-1.1.x{ASIDE}")
    publish(tmp_path, input_digest="digest-2")
    a_shelf(tmp_path).salvage(aside)
    found = a_shelf(tmp_path).find("project-1", "job-1")

    assert found is not None
    assert found.input_digest == "digest-2"


def test_unfinished_work_is_not_salvaged(tmp_path: Path) -> None:
    """Only what had been published before comes back."""
    folder = publish(tmp_path)
    unfinished = folder.rename(tmp_path / "job-1.1.x")
    a_shelf(tmp_path).salvage(unfinished)

    assert a_shelf(tmp_path).find("project-1", "job-1") is None


def test_case_is_folded_where_the_disk_folds_it(tmp_path: Path) -> None:
    """A link stands in for a file system that takes both spellings for one."""
    (tmp_path / "previews").mkdir()
    (tmp_path / "PREVIEWS").symlink_to("previews")

    assert publish(tmp_path, "Job-1").name.startswith("job-1~")
