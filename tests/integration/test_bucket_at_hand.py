"""What is in the bucket is at hand for those who only look: commands, and stills of the page."""

from __future__ import annotations

import io
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from preview_worker.artifacts.objects.settings import BucketSettings
from preview_worker.bootstrap.observers import Observers
from preview_worker.bootstrap.stills import StillPainter
from preview_worker.cli import main
from preview_worker.worker.nursery import Nursery
from preview_worker.worker.rendering import ChildRenderer
from tests.ceph import Storage, object_storage
from tests.depots import a_bucket_at
from tests.integration.test_bucket_assets import payload_of, settings_for
from tests.integration.test_fetched_assets import COLOUR, a_picture

__all__ = ["object_storage"]


@pytest.fixture
def bucket(object_storage: Storage, tmp_path: Path) -> BucketSettings:
    """Return a bucket that has the picture of ``payload_of``."""
    settings = object_storage.settings()
    a_bucket_at(settings, tmp_path).put("go/board.png", a_picture())
    return settings


def shows_picture(content: bytes) -> bool:
    """Tell whether a still has the picture's colour."""
    with Image.open(io.BytesIO(content)) as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    return float((np.abs(pixels - COLOUR).max(axis=2) < 40).mean()) > 0.05


def test_commands_see_what_is_in_the_bucket(
    bucket: BucketSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing of it where the bucket is not named."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    file, still = tmp_path / "payload.json", tmp_path / "still.png"
    file.write_text(json.dumps(payload_of()))
    painting = ["still", str(file), "--at", "4", "--out", str(still)]
    commands = [["validate", str(file)], ["lint", str(file)], painting]
    assert [main(command) for command in commands] == [2, 2, 2]

    monkeypatch.setenv("PREVIEW_ASSETS_URL", bucket.url)
    monkeypatch.setenv("PREVIEW_STORAGE_ENDPOINT", bucket.endpoint)
    monkeypatch.setenv("PREVIEW_STORAGE_ALLOW_HTTP", "true")
    monkeypatch.setenv("PREVIEW_STORAGE_ACCESS_KEY_ID", str(bucket.access_key_id))
    monkeypatch.setenv("PREVIEW_STORAGE_SECRET_ACCESS_KEY", str(bucket.secret_access_key))
    assert [main(command) for command in commands] == [0, 0, 0]
    assert shows_picture(still.read_bytes())
    assert main(["diff", str(file), str(file)]) == 0


@pytest.mark.anyio
async def test_stills_of_the_page_show_what_is_in_the_bucket(
    bucket: BucketSettings, tmp_path: Path
) -> None:
    """They are painted behind the same walls as previews, so the worker fetches for them."""
    settings = settings_for(bucket, tmp_path / "data")
    renderer = ChildRenderer(Nursery(), Observers(), settings.render, settings.worker)
    painter = StillPainter(settings, renderer)
    try:
        still = await painter.paint(json.dumps(payload_of()).encode(), Fraction(4), "png")
    finally:
        await painter.close()
        await renderer.close()
    assert shows_picture(still.content)
