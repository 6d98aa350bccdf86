"""A service that does not look at the conditions of a write is told from one that does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from preview_worker.artifacts import ArtifactSettings
from preview_worker.artifacts.objects.bucket import Bucket, open_bucket
from preview_worker.artifacts.objects.conditions import PROOF_KEY
from preview_worker.artifacts.objects.store import BucketStore
from preview_worker.bootstrap.examination import look_at_storage
from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.settings import load_settings
from tests.small_storage import SmallStorage, small_storage

WORKERS = 8


@pytest.mark.parametrize("header", ["if-none-match", "if-match"])
def test_nothing_is_exchanged_where_a_condition_is_not_looked_at(header: str) -> None:
    """Or a worker that was frozen would replace a newer preview."""
    with small_storage(SmallStorage(ignored=frozenset({header}))) as storage:
        bucket = open_bucket(storage.settings())
        with pytest.raises(PreviewError, match="does not look at it") as caught:
            bucket.exchange("pointer", b"ours", None)

    assert caught.value.code is ErrorCode.STORAGE
    assert header in caught.value.message.lower()
    assert list(storage.objects) == [PROOF_KEY]


@pytest.mark.anyio
async def test_no_jobs_are_taken_where_conditions_are_not_looked_at(tmp_path: Path) -> None:
    """Before any is rendered for nothing."""
    with small_storage(SmallStorage(ignored=frozenset({"if-match"}))) as storage:
        store = BucketStore(
            open_bucket(storage.settings()), "s3://previews", ArtifactSettings(data_dir=tmp_path)
        )
        refusal = await store.refusal()

    assert "takes If-Match and does not look at it" in str(refusal)


@pytest.mark.anyio
async def test_doctor_finds_it_out(tmp_path: Path) -> None:
    """So an operator sees it before any worker starts."""
    with small_storage(SmallStorage(ignored=frozenset({"if-none-match"}))) as storage:
        chosen: dict[str, Any] = storage.environment()
        named = {name.lower(): value for name, value in chosen.items()}
        found = await look_at_storage(load_settings(data_dir=tmp_path, **named))

    assert not found.ok
    assert "takes If-None-Match and does not look at it" in found.detail


def test_it_is_tried_once() -> None:
    """Four requests for a process, and five for the first of all."""
    with small_storage() as storage:
        for _ in range(2):
            bucket = open_bucket(storage.settings())
            for _ in range(3):
                bucket.prove()
        asked = storage.asked

    creation, wrong, *rest = [f"PUT {PROOF_KEY}"] * 2 + [f"GET {PROOF_KEY}", f"PUT {PROOF_KEY}"]
    assert asked == [creation, creation, wrong, *rest, creation, wrong, *rest]


def test_workers_that_try_at_the_same_time_all_find_it_well() -> None:
    """Each write there gives the object another tag, as with encryption by a key service."""
    with small_storage() as storage, ThreadPoolExecutor(WORKERS) as workers:
        buckets = [open_bucket(storage.settings()) for _ in range(WORKERS)]
        list(workers.map(Bucket.prove, buckets))

        assert buckets[0].exchange("pointer", b"ours", None)


def test_a_right_tag_that_is_refused_in_passing_is_sent_again_as_it_is() -> None:
    """Without its quotes, who does not understand it might write whatever stands there."""
    careless = SmallStorage(ignores_bare_tags=True)
    with small_storage(careless) as storage:
        bucket = open_bucket(storage.settings())
        bucket.exchange("pointer", b"first", None)
        seen = bucket.read("pointer")
        storage.refusals = 2
        assert bucket.exchange("pointer", b"second", seen)

        storage.refusals = 2
        assert not bucket.exchange("pointer", b"third", seen)
        assert storage.objects["pointer"] == b"second"


def test_a_service_that_always_refuses_is_told() -> None:
    """Nothing could ever be published there."""
    wanted = pytest.raises(PreviewError, match="refuses conditional writes")
    with small_storage(SmallStorage(refusals=1000)) as storage, wanted:
        open_bucket(storage.settings()).prove()


def test_whoever_may_not_write_is_told() -> None:
    """A wrong permission shows before a preview was rendered."""
    wanted = pytest.raises(PreviewError, match="403 Forbidden")
    with small_storage(SmallStorage(refuses_writes=True)) as storage, wanted:
        open_bucket(storage.settings()).prove()
