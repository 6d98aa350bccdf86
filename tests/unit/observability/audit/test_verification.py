"""What is done to a log is seen, and where; what cannot be seen is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos.tampering import tamper
from preview_worker.observability.audit.checkpoint import Checkpoint, read_checkpoint
from preview_worker.observability.audit.folder import CHECKPOINT, log_files
from preview_worker.observability.audit.sealer import Sealer
from preview_worker.observability.audit.verification import verify_log
from preview_worker.observability.audit.walk import MisfitError
from tests.fakes.ledgers import a_chain, deeds, settings_in, verdict_on, wrong_with


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """A log of four records, all sealed."""
    a_chain(tmp_path).append(deeds("one", "two", "three"))
    Sealer(settings_in(tmp_path)).seal()
    return tmp_path


def lines_of(folder: Path) -> list[bytes]:
    """Return the lines of the newest file."""
    return log_files(folder)[-1].path.read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize("seed", range(4))
def test_every_forgery_is_seen_but_a_cut_behind_the_seal(tmp_path: Path, seed: int) -> None:
    """G16: the short version of ``python -m chaos.tampering``."""
    tally = tamper(tmp_path, seed, 250)

    assert tally.undetected == []
    assert tally.detected > 150


def test_a_log_that_is_in_order_is_told_with_its_counts(sealed: Path) -> None:
    """How much there is, and how far it is sealed."""
    verdict = verdict_on(sealed)

    assert verdict.ok
    assert (verdict.records, verdict.files, verdict.first_seq) == (4, 1, 1)
    assert verdict.head is not None
    assert verdict.head.seq == verdict.sealed_seq == 4
    assert verdict.sealed_with_key


def test_the_first_thing_that_does_not_fit_is_named(sealed: Path) -> None:
    """By file, line and record."""
    lines = lines_of(sealed)
    log_files(sealed)[0].path.write_bytes(lines[0] + lines[2] + lines[3])

    fault = verdict_on(sealed).fault

    assert fault is not None
    assert (fault.file, fault.line, fault.seq) == ("audit-000000000001.jsonl", 2, 2)


def test_what_is_cut_behind_the_seal_is_not_seen_and_the_verdict_says_how_far_it_is_good(
    sealed: Path,
) -> None:
    """The one thing that a chain cannot prove."""
    a_chain(sealed).append(deeds("four", "five"))
    log_files(sealed)[0].path.write_bytes(b"".join(lines_of(sealed)[:5]))

    verdict = verdict_on(sealed)
    assert verdict.ok
    assert verdict.head is not None
    assert (verdict.sealed_seq, verdict.head.seq) == (4, 5)


def test_a_log_that_is_rolled_back_with_its_checkpoint_is_seen_by_the_one_in_redis(
    sealed: Path,
) -> None:
    """That one is out of reach of those who can only write the folder."""
    older = {path: path.read_bytes() for path in sealed.iterdir()}
    a_chain(sealed).append(deeds("four"))
    newer = Sealer(settings_in(sealed)).seal()
    assert newer is not None
    for path, content in older.items():
        path.write_bytes(content)

    assert wrong_with(sealed) == ""
    assert "older than the one in Redis" in wrong_with(sealed, newer.line())


def test_a_log_that_was_forged_as_a_whole_needs_the_key(sealed: Path, tmp_path: Path) -> None:
    """Without the key nobody can seal another chain."""
    other = tmp_path / "other"
    a_chain(other, key=None).append(deeds("never happened"))
    Sealer(settings_in(other, key=None)).seal()

    assert verify_log(other).ok
    assert wrong_with(other) == "the checkpoint has no seal, though there is a key"
    assert verify_log(sealed).ok


def test_a_seal_of_another_key_is_seen(sealed: Path) -> None:
    """Be it that of a forger."""
    found = read_checkpoint(sealed)
    assert found is not None
    forged = Checkpoint.make(found.position, found.time, b"the key of a forger")
    (sealed / CHECKPOINT).write_bytes(forged.line())

    assert wrong_with(sealed).startswith("the seal of the checkpoint was made with another key")


def test_a_log_without_its_checkpoint_is_not_in_order(sealed: Path) -> None:
    """There is a checkpoint before there is a first record, so it was taken away."""
    (sealed / CHECKPOINT).unlink()

    assert wrong_with(sealed) == "the checkpoint is gone"


def test_nothing_is_in_order(tmp_path: Path) -> None:
    """An empty folder is that of a worker that never ran."""
    assert verdict_on(tmp_path).ok


def test_a_folder_that_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    """That is no verdict."""
    with pytest.raises(OSError, match="No such file"):
        verdict_on(tmp_path / "nowhere")


def test_what_was_tampered_with_is_not_sealed(sealed: Path) -> None:
    """Else the next checkpoint would cover it."""
    a_chain(sealed).append(deeds("four"))
    lines = lines_of(sealed)
    log_files(sealed)[0].path.write_bytes(b"".join(lines[:3]))

    with pytest.raises(MisfitError, match="record 4 is not the one that was sealed"):
        Sealer(settings_in(sealed)).seal()
    (sealed / CHECKPOINT).unlink()
    with pytest.raises(MisfitError, match="the checkpoint is gone"):
        Sealer(settings_in(sealed)).seal()


def test_a_process_without_the_key_leaves_the_seal_alone(sealed: Path) -> None:
    """A command of somebody who has no key must not put a weaker checkpoint there."""
    before = (sealed / CHECKPOINT).read_bytes()
    a_chain(sealed).append(deeds("four"))

    Sealer(settings_in(sealed, key=None)).seal()

    assert (sealed / CHECKPOINT).read_bytes() == before


def test_a_key_that_came_later_seals_from_then_on(tmp_path: Path) -> None:
    """And the sealer says that it did, so that it can be recorded."""
    a_chain(tmp_path, key=None).append(deeds("one"))
    Sealer(settings_in(tmp_path, key=None)).seal()
    assert not verdict_on(tmp_path).ok

    sealer = Sealer(settings_in(tmp_path))
    sealer.seal()

    assert sealer.began_to_use_key
    assert verdict_on(tmp_path).ok
