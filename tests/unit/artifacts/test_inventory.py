"""A sealed folder holds what was promised, and nothing else."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from preview_worker.contract import ErrorCode, PreviewError, RenderedFile, RenderedPreview
from tests.unit.artifacts.drafts import CONTENT, FILES, NESTED, draft, fill, rendered, seal

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
DOCUMENTS = {"preview.json", "container.json", "preview-manifest.json"}


def test_a_sealed_folder_holds_files_and_documents(tmp_path: Path) -> None:
    """Leftovers of the render are gone, even folders and links."""
    fill(tmp_path, {**CONTENT, "preview.mp4.part": b"x"})
    (tmp_path / "scratch").mkdir()
    (tmp_path / "link").symlink_to("/")
    seal(tmp_path, draft(), NOON)

    assert {path.name for path in tmp_path.iterdir()} == {*CONTENT, *DOCUMENTS}


def test_the_manifest_is_the_one_that_lies_in_the_folder(tmp_path: Path) -> None:
    """Nobody has to read it back to know what it says."""
    fill(tmp_path)

    assert seal(tmp_path, draft(), NOON) == ((tmp_path / "preview-manifest.json").read_bytes())


def test_the_manifest_vouches_for_the_other_documents(tmp_path: Path) -> None:
    """The digest of each document is that of its bytes on disk."""
    fill(tmp_path)
    files = json.loads(seal(tmp_path, draft(), NOON))["files"]

    for file in files:
        content = (tmp_path / file["name"]).read_bytes()
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
        assert file["bytes"] == len(content)
    assert {file["name"] for file in files} == {*CONTENT, *DOCUMENTS} - {"preview-manifest.json"}


def test_private_files_of_the_render_become_readable(tmp_path: Path) -> None:
    """A render process works under a strict umask; readers are other users."""
    fill(tmp_path)
    for path in (tmp_path, *tmp_path.iterdir()):
        path.chmod(0o700)
    seal(tmp_path, draft(), NOON)

    assert tmp_path.stat().st_mode & 0o777 == 0o755
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o644}


def nested_preview() -> RenderedPreview:
    """Return a preview that has a file in a folder of its own."""
    return rendered((*FILES, RenderedFile(NESTED, "visual-qa", "image/jpeg")))


def test_files_in_folders_are_listed_by_their_paths(tmp_path: Path) -> None:
    """With their digests, in the manifest and in container.json alike."""
    fill(tmp_path, {**CONTENT, NESTED: b"a frame"})
    manifest = json.loads(seal(tmp_path, draft(preview=nested_preview()), NOON))
    container = json.loads((tmp_path / "container.json").read_bytes())
    digest = hashlib.sha256(b"a frame").hexdigest()

    assert {file["name"]: file["sha256"] for file in manifest["files"]}[NESTED] == digest
    assert {file["path"]: file["sha256"] for file in container["files"]}[NESTED] == digest


def test_folders_hold_what_was_promised_and_nothing_else(tmp_path: Path) -> None:
    """Leftovers in them are gone, and readers may enter."""
    leftovers = {"visual-qa/frames/frame-02.jpg": b"x", "visual-qa/tmp/x": b"x"}
    fill(tmp_path, {**CONTENT, NESTED: b"a frame", **leftovers})
    (tmp_path / "visual-qa").chmod(0o700)
    seal(tmp_path, draft(preview=nested_preview()), NOON)

    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert found == {*CONTENT, *DOCUMENTS, "visual-qa", "visual-qa/frames", NESTED}
    assert (tmp_path / "visual-qa").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / NESTED).stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("linked", ["visual-qa", "visual-qa/frames"])
def test_a_folder_that_is_a_link_is_refused(tmp_path: Path, linked: str) -> None:
    """What lies elsewhere is neither published nor changed."""
    elsewhere = tmp_path / "elsewhere"
    fill(elsewhere, {NESTED: b"a secret"})
    folder = tmp_path / "folder"
    fill(folder)
    (folder / linked).parent.mkdir(exist_ok=True)
    (folder / linked).symlink_to(elsewhere / linked)
    (elsewhere / NESTED).chmod(0o600)

    with pytest.raises(PreviewError, match="does not lie in a folder of its own"):
        seal(folder, draft(preview=nested_preview()), NOON)
    assert (elsewhere / NESTED).stat().st_mode & 0o777 == 0o600


def test_every_folder_is_brought_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut right after publishing takes no name away."""
    settled: list[int] = []
    settle = os.fsync

    def settle_and_tell(descriptor: int) -> None:
        settled.append(os.fstat(descriptor).st_ino)
        settle(descriptor)

    monkeypatch.setattr(os, "fsync", settle_and_tell)
    fill(tmp_path, {**CONTENT, NESTED: b"a frame"})
    seal(tmp_path, draft(preview=nested_preview()), NOON)

    folders = (tmp_path, tmp_path / "visual-qa", tmp_path / "visual-qa" / "frames")
    assert {folder.stat().st_ino for folder in folders} <= set(settled)


@pytest.mark.parametrize(
    "name", ["../x", "/etc/passwd", "preview.json", ".", "", "a/../../x", "a//x", "a/b/c/d/e"]
)
def test_a_name_that_is_no_rendered_file_is_refused(tmp_path: Path, name: str) -> None:
    """A render process cannot make the worker touch anything else."""
    preview = rendered((RenderedFile(name, "log", "text/plain"),))

    with pytest.raises(PreviewError, match="not a name for a rendered file") as caught:
        seal(tmp_path, draft(preview=preview), NOON)
    assert caught.value.code is ErrorCode.PROTOCOL


@pytest.mark.parametrize("kind", ["link", "second name", "pipe", "folder"])
def test_what_is_not_a_plain_file_is_refused(tmp_path: Path, kind: str) -> None:
    """A render process that was taken over cannot publish the machine's secrets."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"x")
    secret.chmod(0o600)
    folder = tmp_path / "folder"
    folder.mkdir()
    fill(folder, {"poster.jpg": b"still picture"})
    place = folder / FILES[0].name
    match kind:
        case "link":
            place.symlink_to(secret)
        case "second name":
            place.hardlink_to(secret)
        case "pipe":
            os.mkfifo(place)
        case _:
            place.mkdir()

    with pytest.raises(PreviewError, match=r"named the file 'preview\.mp4', but it is"):
        seal(folder, draft(), NOON)
    assert secret.stat().st_mode & 0o777 == 0o600
