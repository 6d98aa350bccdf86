"""All previews of a project as one archive."""

from __future__ import annotations

import io
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.api_server import Counter
from tests.integration.older import desk, publish
from tests.unit.artifacts.drafts import CONTENT, draft, fill, seal

__all__ = ["desk"]

pytestmark = pytest.mark.anyio

LARGE_BYTES = 64 * 1024 * 1024
"""Much more than the sockets between server and client take in before somebody reads."""


async def test_a_project_is_exported_as_one_archive(desk: Counter, tmp_path: Path) -> None:
    """Every preview of it with all its files, and a list of them; and nothing of others."""
    for project, job in (("p", "job-1"), ("p", "job-2"), ("q", "job-3")):
        await publish(tmp_path, project, job)

    told = (await desk.client.post("/api/projects/p/export")).json()
    answer = await desk.client.get(told["url"])
    archive = zipfile.ZipFile(io.BytesIO(answer.content))

    assert (told["ok"], told["previews"]) == (True, 2)
    assert archive.testzip() is None
    assert archive.read("job-1/preview.mp4") == CONTENT["preview.mp4"]
    names = archive.namelist()
    assert len(names) == told["files"] + 1
    assert {name.partition("/")[0] for name in names} == {"project.json", "job-1", "job-2"}
    assert sum(one.file_size for one in archive.infolist()[1:]) == told["size"]


async def test_an_export_names_its_content(desk: Counter, tmp_path: Path) -> None:
    """The same previews are the same bytes; after a newer one the old address leads nowhere."""
    await publish(tmp_path, "p", "job-1")
    first = (await desk.client.post("/api/projects/p/export")).json()
    again = (await desk.client.post("/api/projects/p/export")).json()
    bytes_ = [(await desk.client.get(first["url"])).content for _ in range(2)]
    known = await desk.client.get(first["url"], headers={"if-none-match": f'"{first["jobToken"]}"'})
    await publish(tmp_path, "p", "job-2")
    later = (await desk.client.post("/api/projects/p/export")).json()

    assert first["jobToken"] == again["jobToken"] != later["jobToken"]
    assert bytes_[0] == bytes_[1]
    assert known.status_code == 304
    assert (await desk.client.get(first["url"])).status_code == 404


async def test_an_export_that_was_overtaken_is_no_archive(desk: Counter, tmp_path: Path) -> None:
    """A preview that is removed while others are read leaves a ZIP without its end."""
    await publish(tmp_path, "p", "job-2")
    plain = publish_large(tmp_path, "p", "job-1")
    told = (await desk.client.post("/api/projects/p/export")).json()
    received = bytearray()

    async with desk.client.stream("GET", told["url"]) as answer:
        async for piece in answer.aiter_raw():
            if not received:
                shutil.rmtree(tmp_path / "previews/p/job-2")
            received += piece

    assert len(received) > plain
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(received))


def publish_large(data_dir: Path, project_id: str, job_id: str) -> int:
    """Publish a preview that no socket holds as a whole; return the bytes of its video."""
    folder = data_dir / "previews" / project_id / job_id
    folder.mkdir()
    fill(folder)
    with (folder / "preview.mp4").open("wb") as video:
        video.truncate(LARGE_BYTES)
    seal(folder, draft(job_id, project_id), datetime(2026, 1, 31, tzinfo=UTC))
    return LARGE_BYTES
