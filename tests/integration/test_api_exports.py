"""All previews of a project as one archive."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from tests.api_server import Counter
from tests.integration.older import desk, publish
from tests.unit.artifacts.drafts import CONTENT

__all__ = ["desk"]

pytestmark = pytest.mark.anyio


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
