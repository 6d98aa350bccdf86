"""What is told of object storage that is away or busy, and that nothing waits for it for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from obstore.store import MemoryStore

from preview_worker.artifacts import ArtifactSettings
from preview_worker.artifacts.objects.blob import Blob
from preview_worker.artifacts.objects.bucket import Bucket, open_bucket
from preview_worker.artifacts.objects.settings import BucketSettings
from preview_worker.artifacts.objects.store import BucketStore
from preview_worker.contract import ErrorCode, PreviewError
from tests.unit.artifacts.drafts import draft, fill, ours

pytestmark = pytest.mark.anyio

NOWHERE = BucketSettings(
    url="s3://previews",
    endpoint="http://127.0.0.1:1",
    allow_http=True,
    access_key_id="a",
    secret_access_key="b",
)


@pytest.fixture
def unreachable(tmp_path: Path) -> BucketStore:
    """Return a store whose bucket is where nobody listens."""
    bucket, root = open_bucket(NOWHERE, retries=0), NOWHERE.url
    return BucketStore(bucket, root, ArtifactSettings(data_dir=tmp_path), patience_s=0)


async def test_storage_that_is_away_is_worth_another_attempt(unreachable: BucketStore) -> None:
    """The job is tried again later, and its failure names the storage."""
    with pytest.raises(PreviewError, match="it cannot be reached") as caught:
        await unreachable.find("project-1", "job-1")

    assert caught.value.code is ErrorCode.STORAGE


async def test_storage_that_is_away_is_a_reason_to_take_no_jobs(unreachable: BucketStore) -> None:
    """Readiness drops, and nothing that tidies fails."""
    assert "it cannot be reached" in str(await unreachable.refusal())
    assert await unreachable.sweep() == 0
    assert list(await unreachable.retire()) == []


async def test_an_operator_is_told_of_storage_that_is_away(tmp_path: Path) -> None:
    """Or nothing would seem to be due."""
    settings = ArtifactSettings(data_dir=tmp_path, retention_max_age_s=100)
    store = BucketStore(open_bucket(NOWHERE, retries=0), NOWHERE.url, settings)

    with pytest.raises(PreviewError, match="it cannot be reached"):
        await store.retire(dry_run=True)
    with pytest.raises(PreviewError, match="it cannot be reached"):
        await store.sweep(whole=True)


class _Busy(BaseHTTPRequestHandler):
    """Answers 503 to whatever is asked."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Take note of the request, and refuse it."""
        self.asked.append(self.path)
        self.send_error(503, "Slow Down")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_service_that_is_busy_is_asked_again_before_an_attempt_is_given_up() -> None:
    """A 503 passes by itself; one that does not is named."""
    _Busy.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Busy) as server:
        serving = Thread(target=server.serve_forever)
        serving.start()
        settings = BucketSettings(
            url="s3://previews",
            endpoint=f"http://127.0.0.1:{server.server_port}",
            allow_http=True,
            access_key_id="a",
            secret_access_key="b",
        )
        with pytest.raises(PreviewError, match="503") as caught:
            open_bucket(settings, retries=2).read("current.json")
        server.shutdown()
        serving.join()

    assert caught.value.code is ErrorCode.STORAGE
    assert _Busy.asked == ["/previews/current.json"] * 3


@dataclass
class Outage:
    """Says of so many of the next requests that the storage failed; of some, although it did not.

    What is ``lost`` is done, and the answer is that it failed.
    """

    left: int
    lost: bool = False
    of: str = "look read upload exchange"
    """What is asked for in vain."""
    suffered: int = 0

    def strike(self, request: str, *, after: bool) -> None:
        """Fail a request, before or after it was carried out."""
        if self.left and self.lost is after and request in self.of:
            self.left -= 1
            self.suffered += 1
            raise PreviewError(ErrorCode.STORAGE)


class MoodyBucket(Bucket):
    """A bucket in memory that has outages."""

    def __init__(self, outage: Outage) -> None:
        """Fail as ``outage`` says."""
        super().__init__(MemoryStore())
        self._outage = outage

    def look(self) -> None:
        """Look whether it is there, in vain."""
        self._outage.strike("look", after=False)
        super().look()

    def read(self, key: str) -> Blob | None:
        """Read, or not."""
        self._outage.strike("read", after=False)
        found = super().read(key)
        self._outage.strike("read", after=True)
        return found

    def upload(self, key: str, path: Path, headers: Mapping[str, str]) -> None:
        """Write a file, or not."""
        self._outage.strike("upload", after=False)
        super().upload(key, path, headers)
        self._outage.strike("upload", after=True)

    def exchange(self, key: str, content: bytes, seen: Blob | None) -> bool:
        """Write the pointer, or not, or without saying so."""
        self._outage.strike("exchange", after=False)
        done = super().exchange(key, content, seen)
        self._outage.strike("exchange", after=True)
        return done


@pytest.mark.parametrize("lost", [False, True], ids=["refused", "answer lost"])
@pytest.mark.parametrize("of", ["read", "upload", "exchange"])
async def test_a_publication_outlasts_an_outage(tmp_path: Path, of: str, *, lost: bool) -> None:
    """It waits, and what readers see then was published by one number and stands in one folder."""
    outage = Outage(2, lost, of)
    bucket = MoodyBucket(outage)
    store = BucketStore(bucket, "s3://previews", ArtifactSettings(data_dir=tmp_path))
    asked = []

    async def fence(above: int) -> int:
        asked.append(above)
        return above + 1

    staging = await store.stage("project-1", "job-1", 2)
    fill(staging.directory)
    published = await store.publish(staging, draft(), fence)

    folders = {entry.key.split("/")[3] for entry in bucket.entries("previews/project-1/job-1")}
    assert outage.suffered
    assert asked == [0]
    assert len(folders - {"current.json"}) == 1
    assert await store.find("project-1", "job-1") == published


async def test_an_outage_that_is_too_long_is_told(tmp_path: Path) -> None:
    """The attempt ends, and nothing is left of it on the disk."""
    outage = Outage(1000)
    bucket = MoodyBucket(outage)
    settings = ArtifactSettings(data_dir=tmp_path)
    store = BucketStore(bucket, "s3://previews", settings, patience_s=0.2)
    staging = await store.stage("project-1", "job-1", 2)
    fill(staging.directory)

    with pytest.raises(PreviewError):
        await store.publish(staging, draft(), ours)
    assert outage.suffered > 1
    assert not staging.directory.exists()


async def test_readiness_is_asked_anew_when_a_request_failed(tmp_path: Path) -> None:
    """The worker sees that the fault is not the job's, whatever it believed a moment ago."""
    outage = Outage(0)
    settings = ArtifactSettings(data_dir=tmp_path)
    store = BucketStore(MoodyBucket(outage), "s3://previews", settings, patience_s=0)
    before = await store.refusal()
    outage.left = 2
    with pytest.raises(PreviewError):
        await store.find("project-1", "job-1")

    assert before is None
    assert await store.refusal() is not None
