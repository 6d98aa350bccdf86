"""What must hold of batches after a storm: whole, the bytes of one worker, and published once."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chaos.orders import PROJECT
from chaos.report import Report
from chaos.storage_gate import Request
from chaos.witness import read_whole
from preview_worker.artifacts.objects.bucket import Bucket
from preview_worker.artifacts.objects.pointer import POINTER_NAME, job_prefix
from preview_worker.artifacts.objects.shelf import read_current
from tests.hook_receiver import Posted

_SHOWN = 5
_TELLS_OF_ITS_MAKING = {"preview.json", "container.json", "render.log"}
"""Files that name times, attempts or places."""

Digests = Mapping[str, str]


@dataclass(slots=True)
class Kept:
    """What the bucket holds of one batch."""

    digests: dict[str, str] = field(default_factory=dict)
    """Of the files that readers find, as they were read."""
    wrong: list[str] = field(default_factory=list)
    folders: int = 0
    """That which readers are shown, and those that whoever died left for the sweeper."""


def digests_of(folder: Path) -> Digests:
    """Return the digests of a preview on the disk that do not depend on who made it, and when."""
    record, wrong = read_whole(folder)
    assert not wrong, wrong
    return _comparable({file.name: file.sha256 for file in record.files})


def look_up(bucket: Bucket, batch_id: str) -> Kept:
    """Read what the bucket holds of a batch, as a reader would. Blocks on the network."""
    kept, place = Kept(), job_prefix(PROJECT, batch_id)
    found = read_current(bucket, place)
    if found is None:
        kept.wrong.append(f"{batch_id} has no preview")
        return kept
    _, pointer, record, _ = found
    for file in record.files:
        blob = bucket.read(f"{place}/{pointer.folder}/{file.name}")
        digest = "" if blob is None else hashlib.sha256(blob.content).hexdigest()
        kept.digests[file.name] = digest
        if digest != file.sha256:
            kept.wrong.append(f"{batch_id}/{file.name} is not what the manifest says")
    kept.folders = len(bucket.folders(place))
    return kept


def judge_bytes(report: Report, golden: Mapping[str, Digests], kept: Mapping[str, Kept]) -> None:
    """B1: readers find every batch whole, with the bytes that one undisturbed worker makes."""
    wrong = [line for one in kept.values() for line in one.wrong]
    for batch_id, digests in golden.items():
        found = _comparable(kept[batch_id].digests)
        wrong += [
            f"{batch_id}/{name} differs"
            for name in sorted(digests.keys() | found.keys())
            if digests.get(name) != found.get(name)
        ]
    files = sum(len(one) for one in golden.values())
    report.invariant(
        "B1",
        holds=not wrong,
        evidence=f"{files} files of {len(golden)} previews compared with those of one worker "
        f"alone{_some(wrong)}",
    )


def judge_publications(
    report: Report,
    batch_ids: Sequence[str],
    writes: tuple[Sequence[str], Sequence[Request]],
    told: Counter[str],
) -> None:
    """B2: the pointer of every batch was written once, and no worker told of it twice.

    ``writes`` are the paths that the storage confirmed, and the writes that nobody can tell of.
    """
    confirmed, doubtful = writes
    pointers = Counter(_batch_of(path) for path in confirmed if path.endswith(POINTER_NAME))
    unknown = [one.path for one in doubtful if one.path.endswith(POINTER_NAME)]
    wrong = [f"{one} was shown {pointers[one]} times" for one in batch_ids if pointers[one] != 1]
    wrong += [f"{one} was told {told[one]} times" for one in batch_ids if told[one] > 1]
    wrong += [f"nobody knows what became of {path}" for path in unknown]
    report.invariant(
        "B2",
        holds=not wrong,
        evidence=f"{pointers.total()} pointers written for {len(batch_ids)} batches, "
        f"{told.total()} of them told by the worker that wrote it{_some(wrong)}",
    )


def judge_attempts(report: Report, spent: Counter[str]) -> None:
    """B3: no attempt was spent on the storage's outages."""
    wrong = [f"{count} {code}" for code, count in spent.items() if "storage" in code]
    counted = ", ".join(f"{count} {code}" for code, count in sorted(spent.items()))
    report.invariant(
        "B3",
        holds=not wrong,
        evidence=f"attempts that were spent: {counted or 'none'}{_some(wrong)}",
    )


def judge_webhooks(report: Report, batch_ids: Sequence[str], posts: Sequence[Posted]) -> None:
    """B4: webhooks tell of wholes that completed, and of nothing else."""
    known = {f'"id":"{one}"' for one in batch_ids}
    wrong = []
    for post in posts:
        body = post.body.decode().replace(" ", "")
        if '"type":"preview.completed"' not in body or not any(one in body for one in known):
            wrong.append(body[:200])
    batches = len({post.id for post in posts})
    report.invariant(
        "B4",
        holds=not wrong,
        evidence=f"{len(posts)} posts of {batches} endings{_some(wrong)}",
    )


def _comparable(digests: Digests) -> dict[str, str]:
    return {name: one for name, one in digests.items() if name not in _TELLS_OF_ITS_MAKING}


def _batch_of(path: str) -> str:
    return path.split("/")[-2]


def _some(wrong: Sequence[str]) -> str:
    return f": {'; '.join(sorted(wrong)[:_SHOWN])}" if wrong else ""
