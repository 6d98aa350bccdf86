"""Several processes append to one log, and what breaks on the way stays to be seen."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_worker.observability import Deed, read_log
from preview_worker.observability.audit.chain import AppendFailedError
from preview_worker.observability.audit.folder import CHECKPOINT, log_files
from preview_worker.observability.audit.sealer import Sealer
from preview_worker.observability.audit.walk import MisfitError
from tests.fakes.ledgers import a_chain, deeds, jobs_in, settings_in, verdict_on, wrong_with

SMALL = 1500
"""Bytes of a file that takes about four records."""
steps = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(0, 2), st.integers(1, 4)),
        st.tuples(st.just("tear"), st.binary(min_size=1, max_size=60), st.just(0)),
        st.tuples(st.just("seal"), st.just(0), st.just(0)),
        st.tuples(st.just("restart"), st.integers(0, 2), st.just(0)),
    ),
    max_size=25,
)


def tear(folder: Path, content: bytes) -> None:
    """Leave what a process wrote of a line before it was killed."""
    with log_files(folder)[-1].path.open("ab") as newest:
        newest.write(content)


@given(steps)
def test_whoever_appends_and_whatever_is_torn_the_chain_fits(
    story: list[tuple[str, int | bytes, int]],
) -> None:
    """Every deed of three processes is there once and in order, over files and broken lines."""
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        chains = [a_chain(folder, file_max_bytes=SMALL) for _ in range(3)]
        sealer, written = Sealer(settings_in(folder)), list[str]()
        chains[0].append([])
        for number, (step, what, count) in enumerate(story):
            if step == "append":
                names = [f"{number}-{each}" for each in range(count)]
                chains[int(what)].append(deeds(*names))
                written += names
            elif step == "tear":
                assert isinstance(what, bytes)
                tear(folder, what)
            elif step == "seal":
                with contextlib.suppress(MisfitError):  # until somebody mends what was torn
                    sealer.seal()
            elif step == "restart":
                chains[int(what)] = a_chain(folder, file_max_bytes=SMALL)
        chains[0].append([])
        chains[0].append(deeds("last"))

        assert wrong_with(folder) == ""
        assert jobs_in(folder) == [*written, "last"]


def test_a_torn_line_is_mended_by_a_record_that_names_it(tmp_path: Path) -> None:
    """P1, D1: what was torn stays where it is, and the next record tells its length and digest."""
    a_chain(tmp_path).append(deeds("before"))
    tear(tmp_path, b'{"action":"job.set')
    assert verdict_on(tmp_path).unfinished_bytes == 18

    a_chain(tmp_path).append(deeds("after"))

    gap = next(record for record in read_log(tmp_path) if record.action == "audit.gap")
    assert gap.detail["torn"]["bytes"] == 18
    assert wrong_with(tmp_path) == ""
    assert jobs_in(tmp_path) == ["before", "after"]


def test_the_very_first_line_may_be_torn(tmp_path: Path) -> None:
    """A chain can begin with the gap."""
    a_chain(tmp_path).append([])
    log_files(tmp_path)[0].path.write_bytes(b'{"acti')

    a_chain(tmp_path).append(deeds("after"))

    assert wrong_with(tmp_path) == ""
    assert jobs_in(tmp_path) == ["after"]


def test_records_that_a_process_remembers_are_missed(tmp_path: Path) -> None:
    """A cut that nobody sealed is seen when the process that wrote those records goes on."""
    chain = a_chain(tmp_path)
    chain.append(deeds("one", "two", "three"))
    path = log_files(tmp_path)[0].path
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    assert wrong_with(tmp_path) == ""

    chain.append(deeds("four"))

    assert "record 5 stands where record 3 belongs" in wrong_with(tmp_path)
    gap = next(record for record in read_log(tmp_path) if record.action == "audit.gap")
    assert gap.detail["cut"] == {"expected_seq": 4, "found_seq": 2}


def test_records_that_were_sealed_are_missed_after_a_restart(tmp_path: Path) -> None:
    """A new process goes on behind the checkpoint, so the hole cannot be filled unseen."""
    a_chain(tmp_path).append(deeds("one", "two", "three"))
    sealer = Sealer(settings_in(tmp_path))
    sealer.seal()
    path = log_files(tmp_path)[0].path
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))

    a_chain(tmp_path).append(deeds("four"))
    a_chain(tmp_path).append(deeds("five"))

    assert "record 5 stands where record 3 belongs" in wrong_with(tmp_path)


def test_a_log_whose_files_were_removed_does_not_begin_afresh(tmp_path: Path) -> None:
    """The checkpoint remembers how far it had come."""
    a_chain(tmp_path).append(deeds("one"))
    Sealer(settings_in(tmp_path)).seal()
    for file in log_files(tmp_path):
        file.path.unlink()

    a_chain(tmp_path).append(deeds("two"))

    assert wrong_with(tmp_path) == "records 1 to 2 are gone"


def test_old_files_are_removed_and_that_is_recorded(tmp_path: Path) -> None:
    """The verifier takes the record for the files' absence; without it they would be missed."""
    sealer = Sealer(settings_in(tmp_path))
    chain = a_chain(tmp_path, file_max_bytes=SMALL, keep_files=3)
    for number in range(40):
        chain.append(deeds(str(number)))
        sealer.seal()

    verdict = verdict_on(tmp_path)
    assert verdict.ok, verdict.fault
    assert verdict.files == 3
    assert verdict.first_seq > 1


def test_files_are_kept_until_they_are_sealed(tmp_path: Path) -> None:
    """What a checkpoint does not vouch for yet is not removed, however old."""
    chain = a_chain(tmp_path, file_max_bytes=SMALL, keep_files=2)
    for number in range(40):
        chain.append(deeds(str(number)))

    assert len(log_files(tmp_path)) > 5
    assert wrong_with(tmp_path) == ""


def test_a_missing_old_file_is_seen(tmp_path: Path) -> None:
    """Only what a record says was removed may be gone."""
    chain = a_chain(tmp_path, file_max_bytes=SMALL)
    for number in range(20):
        chain.append(deeds(str(number)))
    log_files(tmp_path)[0].path.unlink()

    assert wrong_with(tmp_path).endswith("are gone")


def test_a_file_is_followed_by_another_when_it_is_old(tmp_path: Path) -> None:
    """Even a log in which little happens has a file for each span of time."""
    a_chain(tmp_path).append([Deed(action="a.b", at_s=time.time() - 10)])
    begun = a_chain(tmp_path, file_max_age_s=5.0)
    begun.append([Deed(action="a.b")])
    old = a_chain(tmp_path, file_max_age_s=1e-6)
    old.append([Deed(action="a.b")])

    assert len(log_files(tmp_path)) == 2
    assert wrong_with(tmp_path) == ""


def test_a_clock_that_is_set_back_changes_no_order(tmp_path: Path) -> None:
    """T1: records are ordered by their number; the time is told as the clock showed it."""
    chain = a_chain(tmp_path)
    for at_s in (2_000_000_000.0, 1_900_000_000.0, 1_900_000_001.0):
        chain.append([Deed(action="job.submit", job_id=str(at_s), at_s=at_s)])

    assert wrong_with(tmp_path) == ""
    assert jobs_in(tmp_path) == ["2000000000.0", "1900000000.0", "1900000001.0"]
    assert [record.seq for record in read_log(tmp_path)] == [1, 2, 3, 4]


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """D2: a file stands where the folder belongs; nothing is written and nothing is broken."""
    (tmp_path / "audit").write_text("no folder")

    with pytest.raises(AppendFailedError, match=os.strerror(17)):
        a_chain(tmp_path / "audit").append(deeds("one"))


def test_nobody_but_the_owner_and_the_group_can_read_it(tmp_path: Path) -> None:
    """Names of people are no concern of others."""
    a_chain(tmp_path / "audit").append(deeds("one"))

    modes = {path.name: path.stat().st_mode & 0o007 for path in (tmp_path / "audit").iterdir()}
    assert set(modes.values()) == {0}
    assert CHECKPOINT in modes


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
def test_what_root_writes_belongs_to_the_owner_of_the_data(tmp_path: Path) -> None:
    """Else a command of an administrator would keep the worker from its own log."""
    worker = 12_345
    os.chown(tmp_path, worker, worker)
    a_chain(tmp_path / "audit").append(deeds("one"))
    Sealer(settings_in(tmp_path / "audit")).seal()

    made = [tmp_path / "audit", *(tmp_path / "audit").iterdir()]
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(worker, worker)}
    assert len(made) == 4


def test_a_log_that_grew_is_sealed_without_reading_all_of_it_again(tmp_path: Path) -> None:
    """A worker seals twice a minute as long as it lives, and may keep the memory that this took."""
    chain, sealer = a_chain(tmp_path), Sealer(settings_in(tmp_path))
    chain.append(deeds(*(f"early-{number}" for number in range(2000))))
    sealer.seal()
    chain.append(deeds("late"))

    tracemalloc.start()
    sealer.seal()
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    (file,) = log_files(tmp_path)
    assert most_bytes < file.path.stat().st_size / 4


def test_a_fault_behind_the_seal_is_told_by_its_line_in_the_file(tmp_path: Path) -> None:
    """Although what stands before it is not read again."""
    chain, sealer = a_chain(tmp_path), Sealer(settings_in(tmp_path))
    chain.append(deeds("one", "two"))
    sealer.seal()
    chain.append(deeds("three", "four"))
    path = log_files(tmp_path)[0].path
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], b"nonsense\n", *lines[4:]]))

    with pytest.raises(MisfitError) as misfit:
        sealer.seal()

    assert misfit.value.fault.line == 4
