"""What is told of object storage that is away or busy, and that nothing waits for it for ever."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from preview_worker.artifacts import ArtifactSettings
from preview_worker.artifacts.objects.bucket import open_bucket
from preview_worker.artifacts.objects.settings import BucketSettings
from preview_worker.artifacts.objects.store import BucketStore
from preview_worker.contract import ErrorCode, PreviewError

pytestmark = pytest.mark.anyio


@pytest.fixture
def unreachable(tmp_path: Path) -> BucketStore:
    """Return a store whose bucket is where nobody listens."""
    settings = BucketSettings(
        url="s3://previews",
        endpoint="http://127.0.0.1:1",
        allow_http=True,
        access_key_id="a",
        secret_access_key="b",
    )
    return BucketStore(
        open_bucket(settings, retries=0), settings.url, ArtifactSettings(data_dir=tmp_path)
    )


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
