"""Only what the operator asked for is removed: the oldest first, and nothing that is in use."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from preview_worker.artifacts import ArtifactSettings, RetiredPreview
from preview_worker.artifacts import retention as retention_module
from preview_worker.artifacts.local import LocalStore
from tests.unit.artifacts.drafts import draft, fill, ours

pytestmark = pytest.mark.anyio

HOUR_S = 3600.0


def a_store(root: Path, *, max_age_s: float = 0, max_bytes: int = 0) -> LocalStore:
    """Return a store that keeps previews so long, and so many."""
    return LocalStore(
        ArtifactSettings(
            data_dir=root, retention_max_age_s=max_age_s, retention_max_bytes=max_bytes
        )
    )


async def publish(store: LocalStore, root: Path, job_id: str, age_s: float = 0.0) -> Path:
    """Publish a preview, make it look ``age_s`` old, and return its folder."""
    staging = await store.stage("project-1", job_id, 1)
    fill(staging.directory, {"preview.mp4": bytes(10_000), "poster.jpg": b"still"})
    await store.publish(staging, draft(job_id), ours)
    place = root / "previews" / "project-1" / job_id
    grow_old(place, age_s)
    return place


def grow_old(place: Path, age_s: float) -> None:
    """Make a folder look ``age_s`` old."""
    then = time.time() - age_s
    os.utime(place, (then, then))


async def retired(store: LocalStore) -> list[str]:
    """Have the store look through everything and return the jobs whose previews went."""
    return [one.job for _ in range(3) for one in await store.retire()]


def standing(root: Path) -> set[str]:
    """Return the jobs whose previews readers can find."""
    return {path.parent.name for path in root.glob("previews/*/*/preview-manifest.json")}


async def test_nothing_is_removed_that_nobody_asked_for(tmp_path: Path) -> None:
    """Without a setting, a preview of any age and size stays."""
    store = a_store(tmp_path)
    await publish(store, tmp_path, "job-1", age_s=1e9)

    assert await retired(store) == []
    assert await store.retire(dry_run=True) == []
    assert standing(tmp_path) == {"job-1"}


async def test_what_is_too_old_goes(tmp_path: Path) -> None:
    """Younger ones stay."""
    store = a_store(tmp_path, max_age_s=24 * HOUR_S)
    await publish(store, tmp_path, "old", age_s=25 * HOUR_S)
    await publish(store, tmp_path, "young", age_s=23 * HOUR_S)

    assert await retired(store) == ["old"]
    assert standing(tmp_path) == {"young"}
    assert list((tmp_path / ".staging").glob("*/*.trash")) == []


async def test_what_is_too_much_goes_oldest_first(tmp_path: Path) -> None:
    """Until what is left keeps within the limit, and no further."""
    store = a_store(tmp_path, max_bytes=45_000)
    for hours in (5, 1, 4, 2, 3):
        await publish(store, tmp_path, f"job-{hours}", age_s=hours * HOUR_S)

    assert await retired(store) == ["job-5", "job-4"]
    assert standing(tmp_path) == {"job-1", "job-2", "job-3"}


async def test_what_was_published_a_moment_ago_is_spared(tmp_path: Path) -> None:
    """Its producer could not have fetched it yet."""
    store = a_store(tmp_path, max_bytes=1, max_age_s=1)
    await publish(store, tmp_path, "job-1", age_s=300)

    assert await retired(store) == []


async def test_what_is_found_is_young_again(tmp_path: Path) -> None:
    """A job that completes with a preview of long ago can rely on it."""
    store = a_store(tmp_path, max_age_s=HOUR_S)
    await publish(store, tmp_path, "job-1", age_s=9 * HOUR_S)

    assert await store.find("project-1", "job-1") is not None
    assert await retired(store) == []
    assert standing(tmp_path) == {"job-1"}


async def test_what_is_found_while_it_is_due_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the choice and the removal a preview may be used; then it is not removed."""
    monkeypatch.setattr(retention_module, "_REMOVALS", 1)
    store = a_store(tmp_path, max_age_s=HOUR_S)
    await publish(store, tmp_path, "first", age_s=9 * HOUR_S)
    await publish(store, tmp_path, "second", age_s=8 * HOUR_S)
    assert [one.job for one in await store.retire()] == ["first"]
    await store.find("project-1", "second")

    assert await store.retire() == []
    assert standing(tmp_path) == {"second"}


async def test_the_preview_of_a_job_at_work_stays(tmp_path: Path) -> None:
    """While it is rendered anew, readers have the one before, be it ever so old."""
    store, other = a_store(tmp_path, max_age_s=HOUR_S), a_store(tmp_path)
    await publish(store, tmp_path, "job.1", age_s=9 * HOUR_S)
    await other.stage("project-1", "job.1", 7)

    assert await retired(store) == []
    await other.close()
    assert await retired(store) == ["job.1"]


async def test_a_reader_that_has_it_open_reads_on(tmp_path: Path) -> None:
    """A file that is open is there until it is closed."""
    store = a_store(tmp_path, max_age_s=HOUR_S)
    place = await publish(store, tmp_path, "job-1", age_s=9 * HOUR_S)
    descriptor = os.open(place / "preview.mp4", os.O_RDONLY)
    assert await retired(store) == ["job-1"]
    with os.fdopen(descriptor, "rb") as file:
        assert file.read() == bytes(10_000)


async def test_links_and_strangers_are_left_alone(tmp_path: Path) -> None:
    """Neither what a link leads to nor a folder without a manifest is removed."""
    store = a_store(tmp_path / "data", max_age_s=HOUR_S)
    await publish(store, tmp_path / "data", "job-1", age_s=9 * HOUR_S)
    previews = tmp_path / "data" / "previews"
    treasure = tmp_path / "treasure"
    lay_out(treasure, previews)

    assert await retired(store) == ["job-1"]
    assert (treasure / "preview-manifest.json").read_bytes() == b"{}"
    assert (previews / "project-1" / "notes" / "todo.txt").read_bytes() == b"call"


def lay_out(treasure: Path, previews: Path) -> None:
    """Put links to a folder in both levels, and a stranger beside the preview, all of them old."""
    treasure.mkdir()
    (treasure / "preview-manifest.json").write_bytes(b"{}")
    (previews / "linked").symlink_to(treasure.parent)
    (previews / "project-1" / "linked").symlink_to(treasure)
    (previews / "project-1" / "job-1" / "inner").symlink_to(treasure)
    (previews / "project-1" / "notes").mkdir()
    (previews / "project-1" / "notes" / "todo.txt").write_bytes(b"call")
    for old in (treasure, previews / "project-1" / "notes", previews / "project-1" / "job-1"):
        grow_old(old, 9 * HOUR_S)


async def test_a_dry_run_tells_all_and_removes_nothing(tmp_path: Path) -> None:
    """What would go is told with its age, its size and the reason."""
    store = a_store(tmp_path, max_age_s=HOUR_S)
    await publish(store, tmp_path, "job-1", age_s=9 * HOUR_S)
    [told] = await store.retire(dry_run=True)

    assert isinstance(told, RetiredPreview)
    assert (told.project, told.job, told.reason) == ("project-1", "job-1", "age")
    assert told.size_bytes > 10_000
    assert 9 * HOUR_S <= told.age_s < 9.1 * HOUR_S
    assert standing(tmp_path) == {"job-1"}


async def test_one_call_does_a_bounded_amount_of_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither looking nor removing goes on for ever; the next call goes on where it was."""
    monkeypatch.setattr(retention_module, "_LOOKS", 2)
    monkeypatch.setattr(retention_module, "_REMOVALS", 2)
    store = a_store(tmp_path, max_age_s=HOUR_S)
    for number in range(5):
        await publish(store, tmp_path, f"job-{number}", age_s=(9 - number) * HOUR_S)
    rounds = [[one.job for one in await store.retire()] for _ in range(5)]

    assert rounds == [[], [], ["job-0", "job-1"], ["job-2", "job-3"], ["job-4"]]
    assert not (tmp_path / "previews" / "project-1").exists()


async def test_a_project_without_previews_can_publish_again(tmp_path: Path) -> None:
    """The folder of a project goes with its last preview, and comes with its next."""
    store = a_store(tmp_path, max_age_s=HOUR_S)
    await publish(store, tmp_path, "job-1", age_s=9 * HOUR_S)
    await retired(store)
    await publish(store, tmp_path, "job-2")

    assert standing(tmp_path) == {"job-2"}


async def test_workers_take_turns(tmp_path: Path) -> None:
    """While one looks through the previews, others do not."""
    store, other = (a_store(tmp_path, max_age_s=HOUR_S) for _ in "ab")
    await publish(store, tmp_path, "job-1", age_s=9 * HOUR_S)
    turns = other._retention._turns  # noqa: SLF001 -- holds what another process would
    with turns.turn_if_free("retention") as alone:
        assert alone
        assert await retired(store) == []
    assert await retired(store) == ["job-1"]


async def test_two_workers_remove_no_more_than_one(tmp_path: Path) -> None:
    """What one removed counts for the other, whose figures are of yesterday."""
    store, other = (a_store(tmp_path, max_bytes=30_000) for _ in "ab")
    for hours in (4, 3, 2, 1):
        await publish(store, tmp_path, f"job-{hours}", age_s=hours * HOUR_S)
    gone = [one.job for _ in range(3) for each in (store, other) for one in await each.retire()]

    assert gone == ["job-4", "job-3"]


async def test_a_disk_that_refuses_is_no_reason_to_raise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D2: the janitor tries again the next time."""
    store = a_store(tmp_path, max_age_s=HOUR_S)
    await publish(store, tmp_path, "job-1", age_s=9 * HOUR_S)
    with monkeypatch.context() as patch:

        def refuse(*_: object) -> None:
            raise OSError(30, "Read-only file system")

        patch.setattr(Path, "rename", refuse)
        assert await retired(store) == []
    assert standing(tmp_path) == {"job-1"}
    assert await retired(store) == ["job-1"]
