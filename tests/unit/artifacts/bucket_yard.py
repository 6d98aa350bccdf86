"""A bucket in memory for tests, and the workers that share it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import obstore
import pytest
from obstore.store import MemoryStore

from preview_worker.artifacts import ArtifactSettings
from preview_worker.artifacts.objects.bucket import Bucket
from preview_worker.artifacts.objects.store import BucketStore
from tests.unit.artifacts.drafts import draft, fill, ours

HOUR_S = 3600.0
PLACE = "previews/project-1/job-1"


@dataclass
class Yard:
    """A bucket in memory, the stores that share it, and a clock that can be moved."""

    folder: Path
    objects: MemoryStore = field(default_factory=MemoryStore)
    ahead_s: float = 0.0

    def store(self, **choices: Any) -> BucketStore:
        """Return one more worker's store."""
        settings = ArtifactSettings(data_dir=self.folder, **choices)
        return BucketStore(Bucket(self.objects), "s3://previews/all", settings, self.now)

    def now(self) -> datetime:
        """Return what the clock shows."""
        return datetime.now(UTC) + timedelta(seconds=self.ahead_s)

    def keys(self, below: str = "previews") -> list[str]:
        """Return the keys of all objects."""
        return sorted(one["path"] for page in obstore.list(self.objects, below) for one in page)

    def folders(self, place: str = PLACE) -> set[str]:
        """Return the publications that have files, readable or not."""
        return {key.split("/")[3] for key in self.keys(place) if key.count("/") > 3}


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    """Return an empty bucket."""
    return Yard(tmp_path)


async def publish(store: BucketStore, job_id: str = "job-1", digest: str = "digest-1") -> None:
    """Publish a small preview."""
    staging = await store.stage("project-1", job_id, 1)
    fill(staging.directory)
    await store.publish(staging, draft(job_id, input_digest=digest), ours)
