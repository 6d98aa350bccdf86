"""Tampers with an audit log in thousands of ways and has each of them looked at.

    python -m chaos.tampering --seed 7 --mutations 10000 --json report.json

One thing cannot be seen, and is counted by itself: that the end of the log is gone, as far back as
the last checkpoint. Whether a change is of that kind is judged here, from the bytes, and not by
asking the code that is under test.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from chaos.forgeries import FORGERIES, Files, Loot
from chaos.report import Report
from preview_worker.observability import Actor, AuditSettings, Deed, verify_log
from preview_worker.observability.audit.chain import Chain
from preview_worker.observability.audit.folder import CHECKPOINT, log_files
from preview_worker.observability.audit.sealer import Sealer

_KEY = b"a key that no forger has"
_ACTOR = Actor(kind="worker", user="mobius", host="chaos", pid=1)
_FILE_BYTES = 6_000
_TURNS = 12
_UNSEALED = 5


@dataclass(frozen=True, slots=True)
class Original:
    """A log that is in order, and what its checkpoint outside of the folder says."""

    files: Files
    older: tuple[Files, ...]
    anchor: bytes
    sealed_seq: int
    sealed_bytes: int
    """Where in the log, its files one after the other, the sealed part ends."""

    def is_cut_behind_the_seal(self, files: Files) -> bool:
        """Tell whether nothing was done but to cut off what is not sealed."""
        if files.get(CHECKPOINT) != self.files[CHECKPOINT] or not set(files) <= set(self.files):
            return False
        names = sorted(set(self.files) - {CHECKPOINT})
        left = [files.get(name, b"") for name in names]
        whole = [self.files[name] for name in names]
        intact = next((at for at, name in enumerate(names) if left[at] != whole[at]), len(names))
        cut = intact < len(names) and whole[intact].startswith(left[intact])
        return cut and not any(left[intact + 1 :]) and sum(map(len, left)) >= self.sealed_bytes


@dataclass(slots=True)
class Tally:
    """What became of the forgeries."""

    detected: int = 0
    cut_behind_the_seal: int = 0
    tried: Counter[str] = field(default_factory=Counter)
    undetected: list[str] = field(default_factory=list)


def write_original(folder: Path, seed: int) -> Original:
    """Write a log of several files, with a line that was torn and mended, and seal most of it."""
    chance = random.Random(seed)
    settings = AuditSettings(folder=folder, key=_KEY, file_max_bytes=_FILE_BYTES)
    chain, sealer = Chain(settings, _ACTOR), Sealer(settings)
    older: list[Files] = []
    for turn in range(_TURNS):
        deeds = [
            Deed(action="job.settle", outcome="completed", job_id=f"job-{turn}-{number}")
            for number in range(chance.randint(1, 6))
        ]
        chain.append(deeds)
        if turn == _TURNS // 2:
            with log_files(folder)[-1].path.open("ab") as newest:
                newest.write(b'{"action":"job.settle","actor":{"ho')
        if chance.random() < 1 / 2:
            sealer.seal()
        older.append(read_files(folder))
    checkpoint = sealer.seal()
    assert checkpoint is not None
    sealed_bytes = sum(file.path.stat().st_size for file in log_files(folder))
    older.append(read_files(folder))
    chain.append([Deed(action="job.submit", job_id=f"late-{each}") for each in range(_UNSEALED)])
    return Original(
        read_files(folder),
        tuple(older),
        checkpoint.line(),
        checkpoint.position.seq,
        sealed_bytes,
    )


def read_files(folder: Path) -> Files:
    """Return the log and its checkpoint as they lie in the folder."""
    paths = [file.path for file in log_files(folder)] + [folder / CHECKPOINT]
    return {path.name: path.read_bytes() for path in paths if path.exists()}


def tamper(root: Path, seed: int, mutations: int) -> Tally:
    """Try so many forgeries below ``root`` and look whether each is seen."""
    chance = random.Random(seed)
    original = write_original(root / "original", seed)
    foreign = write_original(root / "foreign", seed + 1)
    assert verify_log(root / "original", _KEY, original.anchor).ok
    loot = Loot(original.older, foreign.files, original.sealed_seq)
    tally, place = Tally(), root / "forged"
    place.mkdir()
    while sum(tally.tried.values()) < mutations:
        forgery = chance.choice(FORGERIES)
        forged = forgery(dict(original.files), chance, loot)
        if forged == original.files:
            continue
        tally.tried[forgery.__name__] += 1
        _put(place, forged)
        if not verify_log(place, _KEY, original.anchor).ok:
            tally.detected += 1
        elif original.is_cut_behind_the_seal(forged):
            tally.cut_behind_the_seal += 1
        else:
            tally.undetected.append(f"{forgery.__name__}, number {sum(tally.tried.values())}")
    return tally


def _put(place: Path, files: Files) -> None:
    for old in place.iterdir():
        if old.name not in files:
            old.unlink()
    for name, content in files.items():
        (place / name).write_bytes(content)


def main(arguments: list[str] | None = None) -> int:
    """Tamper, report, and return 1 when anything was not seen."""
    parser = argparse.ArgumentParser(description="Tamper with an audit log.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutations", type=int, default=10_000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as root:
        tally = tamper(Path(root), given.seed, given.mutations)
    report = Report("tampering", seed=given.seed, faults=dict(tally.tried))
    report.figure("mutations", sum(tally.tried.values()))
    report.figure("detected", tally.detected)
    report.figure("cut behind the last checkpoint", tally.cut_behind_the_seal)
    report.figure("undetected", len(tally.undetected), limit=0)
    report.invariant(
        "G16",
        holds=not tally.undetected,
        evidence=f"{len(tally.undetected)} undetected: {tally.undetected[:9]}",
    )
    report.write(given.json)
    return report.tell()


if __name__ == "__main__":
    sys.exit(main())
