"""A preview can be written straight into a folder that somebody named."""

from __future__ import annotations

from pathlib import Path

import pytest

from preview_worker.artifacts import FencedError
from preview_worker.artifacts.folder import FolderStore
from preview_worker.contract import PreviewError, RenderedFile
from tests.unit.artifacts.drafts import (
    CONTENT,
    FILES,
    NESTED,
    draft,
    fill,
    not_ours,
    ours,
    rendered,
)

pytestmark = pytest.mark.anyio

DOCUMENTS = {"preview.json", "container.json", "preview-manifest.json"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Name a folder that does not exist yet."""
    return tmp_path / "wanted" / "here"


def names(folder: Path) -> set[str]:
    """List what lies in a folder."""
    return {path.name for path in folder.iterdir()}


async def publish(folder: Path, video: bytes = b"moving picture") -> dict[str, object]:
    """Publish a preview into the folder and return its result."""
    store = FolderStore(folder)
    staging = await store.stage("project-1", "job-1", 1)
    fill(staging.directory, {**CONTENT, "preview.mp4": video})
    return (await store.publish(staging, draft(), ours)).result


async def test_the_files_lie_in_the_folder_itself(folder: Path) -> None:
    """No folders of project and job in between, and nothing of the staging is left."""
    result = await publish(folder)

    assert names(folder) == {*CONTENT, *DOCUMENTS}
    assert result["manifestPath"] == str(folder / "preview-manifest.json")


async def test_other_files_in_the_folder_stay(folder: Path) -> None:
    """The folder belongs to whoever named it."""
    await publish(folder)
    (folder / "notes.txt").write_bytes(b"mine")
    await publish(folder)

    assert (folder / "notes.txt").read_bytes() == b"mine"


async def test_rendering_again_replaces_the_files(folder: Path) -> None:
    """The last render is what lies there."""
    await publish(folder)
    await publish(folder, b"another picture")

    assert (folder / "preview.mp4").read_bytes() == b"another picture"


async def test_files_in_folders_keep_their_places(folder: Path) -> None:
    """Beside what else lies in those folders."""
    preview = rendered((*FILES, RenderedFile(NESTED, "visual-qa", "image/jpeg")))
    fill(folder, {"visual-qa/notes.txt": b"mine"})
    store = FolderStore(folder)
    staging = await store.stage("project-1", "job-1", 1)
    fill(staging.directory, {**CONTENT, NESTED: b"a frame"})
    await store.publish(staging, draft(preview=preview), ours)

    assert (folder / NESTED).read_bytes() == b"a frame"
    assert (folder / "visual-qa" / "notes.txt").read_bytes() == b"mine"


async def test_a_link_in_the_folder_leads_no_file_astray(folder: Path, tmp_path: Path) -> None:
    """A folder of a preview that is a link there is refused."""
    preview = rendered((*FILES, RenderedFile(NESTED, "visual-qa", "image/jpeg")))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    fill(folder, {"notes.txt": b"mine"})
    (folder / "visual-qa").symlink_to(elsewhere)
    store = FolderStore(folder)
    staging = await store.stage("project-1", "job-1", 1)
    fill(staging.directory, {**CONTENT, NESTED: b"a frame"})

    with pytest.raises(PreviewError):
        await store.publish(staging, draft(preview=preview), ours)
    assert list(elsewhere.iterdir()) == []


async def test_what_lies_there_is_not_taken_for_the_wanted(folder: Path) -> None:
    """Who names a folder wants a render, not an answer that it was done before."""
    await publish(folder)

    assert await FolderStore(folder).find("project-1", "job-1") is None


async def test_a_closed_fence_leaves_the_folder_as_it_was(folder: Path) -> None:
    """Nothing is moved, and the staging is gone."""
    store = FolderStore(folder)
    staging = await store.stage("project-1", "job-1", 1)
    fill(staging.directory)
    with pytest.raises(FencedError):
        await store.publish(staging, draft(), not_ours)

    assert names(folder) == set()


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file of that name stands in the way."""
    (tmp_path / "file").write_bytes(b"x")

    with pytest.raises(PreviewError, match="The disk refused while a folder for the preview"):
        await FolderStore(tmp_path / "file").stage("project-1", "job-1", 1)
