"""Files that may be open at once, where a job may use thousands of assets."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from preview_worker.bootstrap.fetching import open_fetcher
from preview_worker.settings import load_settings

FEW = 512


@pytest.fixture
def hard() -> Iterator[int]:
    """Lower this process's soft limit, and return its hard one."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW, before[1]))
    yield before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_bucket_of_assets_is_worth_as_many_files_as_there_may_be(
    hard: int, tmp_path: Path
) -> None:
    """Each is held open while its job runs; without a bucket nothing is changed."""
    open_fetcher(load_settings(data_dir=tmp_path))
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (FEW, hard)
    open_fetcher(load_settings(data_dir=tmp_path, preview_assets_url="s3://pictures"))
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
