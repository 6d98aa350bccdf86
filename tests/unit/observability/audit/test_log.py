"""The log takes deeds without waiting, and a disk that refuses loses none of them."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from preview_worker.observability import AuditLog, Deed, read_log
from preview_worker.observability.audit.folder import locked
from tests.fakes.ledgers import ACTOR, deeds, jobs_in, settings_in, verdict_on, wrong_with

_PATIENCE_S = 10.0

FULL_DISK = """
import json, resource, signal, sys
from pathlib import Path
from preview_worker.observability import AuditLog
from tests.fakes.ledgers import ACTOR, deeds, settings_in

folder = Path(sys.argv[1])
told = []
log = AuditLog(settings_in(folder), ACTOR, told.append)
log.start()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, most))
for number in range(20):
    for deed in deeds(f"job-{number}"):
        log.record(deed)
    log.flush(0.05)
full = {"written": log.figures.records, "held": log.figures.held, "told": len(told)}
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
recovered = log.flush(10)
sealed = log.stop()
print(json.dumps({**full, "recovered": recovered, "sealed": sealed is not None}))
"""


class Witness:
    """Keeps what the log tells when it cannot write."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.told: list[Mapping[str, object]] = []
        self.heard = threading.Event()

    def __call__(self, facts: Mapping[str, object]) -> None:
        """Keep ``facts``."""
        self.told.append(facts)
        self.heard.set()


def test_what_is_taken_is_written_and_sealed_at_the_end(tmp_path: Path) -> None:
    """In the order in which it came, from any number of threads."""
    log = AuditLog(settings_in(tmp_path), ACTOR)
    log.start()
    names = [str(number) for number in range(500)]
    for deed in deeds(*names):
        log.record(deed)

    assert log.flush(_PATIENCE_S)
    checkpoint = log.stop()

    assert jobs_in(tmp_path) == names
    assert checkpoint is not None
    assert checkpoint.position == verdict_on(tmp_path).head
    assert (log.figures.records, log.figures.held, log.figures.last_seq) == (500, 0, 501)


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """D1: the records are told elsewhere at once, and written with a gap record when there is room.

    The limit on the size of files stands for the disk: a write is cut short, then refused.
    """
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)],
        capture_output=True,
        check=True,
        text=True,
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
    )
    found = json.loads(done.stdout)

    assert found["recovered"]
    assert found["sealed"]
    assert found["written"] + found["held"] == 20
    assert found["told"] == found["held"] > 5
    assert wrong_with(tmp_path) == ""
    assert jobs_in(tmp_path) == [f"job-{number}" for number in range(20)]
    gap = next(record for record in read_log(tmp_path) if record.action == "audit.gap")
    assert gap.detail["reason"] == "File too large"
    assert gap.detail["late"] == found["held"]


def test_a_folder_that_comes_back_is_used_again(tmp_path: Path) -> None:
    """D2: whatever was wrong with it, the records that were held are written in the end."""
    witness = Witness()
    log = AuditLog(settings_in(tmp_path / "audit"), ACTOR, witness)
    (tmp_path / "audit").write_text("no folder")
    log.start()
    log.record(deeds("one")[0])
    assert witness.heard.wait(_PATIENCE_S)
    (tmp_path / "audit").unlink()

    assert log.flush(_PATIENCE_S)
    log.stop()

    assert witness.told[0]["event"] == "audit.unwritten"
    assert jobs_in(tmp_path / "audit") == ["one"]
    assert wrong_with(tmp_path / "audit") == ""


def test_more_than_can_be_held_is_told_and_counted(tmp_path: Path) -> None:
    """Memory is bounded, and the gap record says how many are to be found elsewhere."""
    witness = Witness()
    log = AuditLog(settings_in(tmp_path / "audit", max_held=3), ACTOR, witness)
    (tmp_path / "audit").write_text("no folder")
    log.start()
    for deed in deeds("1", "2", "3", "4", "5"):
        log.record(deed)
    while log.figures.failures < 2:
        assert witness.heard.wait(_PATIENCE_S)
    (tmp_path / "audit").unlink()
    assert log.flush(_PATIENCE_S)
    log.stop()

    assert log.figures.dropped == 2
    gap = next(record for record in read_log(tmp_path / "audit") if record.action == "audit.gap")
    assert gap.detail["dropped"] == 2
    assert jobs_in(tmp_path / "audit") == ["1", "2", "3"]
    dropped = [each for each in witness.told if each["reason"] == "too many records are held"]
    assert len(dropped) == 2


def test_a_process_that_holds_the_lock_stops_nobody(tmp_path: Path) -> None:
    """Whoever records goes on at once; the record follows when the lock is free."""
    witness = Witness()
    log = AuditLog(settings_in(tmp_path, lock_timeout_s=0.05), ACTOR, witness)
    with locked(tmp_path, 1.0):
        log.start()
        log.record(deeds("one")[0])
        assert witness.heard.wait(_PATIENCE_S)
    assert log.flush(_PATIENCE_S)
    log.stop()

    assert jobs_in(tmp_path) == ["one"]
    assert witness.told[0]["reason"] == "another process holds the audit log"


def test_a_log_that_was_tampered_with_says_so_once(tmp_path: Path) -> None:
    """Whoever reads the worker's log learns of it without asking for a verification."""
    witness = Witness()
    log = AuditLog(settings_in(tmp_path), ACTOR, witness)
    log.start()
    log.record(Deed(action="a.b"))
    log.flush(_PATIENCE_S)
    (tmp_path / "checkpoint.json").unlink()

    assert log.seal() is None
    assert log.stop() is None

    unsealed = [each for each in witness.told if each["event"] == "audit.unsealed"]
    assert [each["reason"] for each in unsealed] == [
        "the audit log cannot be sealed: the checkpoint is gone"
    ]


def test_a_deed_that_no_line_can_be_made_of_keeps_no_other_back(tmp_path: Path) -> None:
    """It is told elsewhere, and counted as dropped."""
    witness = Witness()
    log = AuditLog(settings_in(tmp_path), ACTOR, witness)
    for deed in (*deeds("one"), Deed(action="a.b", detail={"odd": {1: 2, "a": 3}}), *deeds("two")):
        log.record(deed)
    log.start()

    assert log.flush(_PATIENCE_S)
    log.stop()

    assert jobs_in(tmp_path) == ["one", "two"]
    assert (log.figures.records, log.figures.dropped) == (2, 1)
    assert wrong_with(tmp_path) == ""
