"""Requests to object storage, counted: as many as the code of the bucket has to make, no more."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import pytest

from benchmarks.payloads import PROJECT, text_request
from preview_worker.artifacts.objects.bucket import open_bucket
from preview_worker.artifacts.objects.settings import BucketSettings
from scaling.door import CountingDoor
from scaling.storage import PARTS, Case, Counted
from tests.ceph import Storage, object_storage

__all__ = ["object_storage"]

SCENES = 3

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what processes spend"),
    pytest.mark.slow,
    pytest.mark.timeout(600),
]


@dataclass(frozen=True)
class OnePlace(Storage):
    """A storage of which always the same place is used, so that it can be looked at later."""

    place: BucketSettings

    def settings(self) -> BucketSettings:
        """Return the place."""
        return self.place


def test_a_preview_makes_the_requests_that_it_needs_and_no_other(object_storage: Storage) -> None:
    """Its files are written once, its pointer is read three times, and nothing is listed."""
    storage = OnePlace(object_storage.port, object_storage.settings())
    with CountingDoor(storage.port) as door:
        cases = Counted(door, storage, shared=True).cases([text_request(SCENES, "320x180", 1)])
    by_name = {case.name: case for case in cases}
    files = len(list(open_bucket(storage.place).entries(f"previews/{PROJECT}/new-0"))) - 1
    assert files >= 10
    published = {
        "GET pointers": 3.0,  # is it there; which number stands; before it is written
        "PUT jobs": 1.0,
        "PUT pointers": 1.0,
        "PUT previews": float(files),
    }
    shots = {"GET scenes": float(SCENES), "PUT scenes": float(SCENES)}
    assert by_name["new"].requests == published | shots
    assert by_name["known"].requests == published
    assert by_name["known elsewhere"].requests == published | {"GET scenes": float(SCENES)}
    _check_batch(by_name["batch"], published)


def _check_batch(batch: Case, published: dict[str, float]) -> None:
    """Every part looks once whether the preview is there; each scene is asked for and sent once."""
    scenes = float(PARTS + 2)
    assert batch.reused_shots == scenes
    assert batch.requests == {
        **published,
        "GET pointers": published["GET pointers"] + PARTS,
        "GET scenes": scenes,
        "PUT scenes": scenes,
    }
