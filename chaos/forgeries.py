"""Ways to tamper with an audit log that somebody who can write its files might try.

A log is held in memory as its files by name. Each way takes the files as they are and returns them
as they would be; it may return them unchanged where it finds nothing to do.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from preview_worker.observability.audit.checkpoint import Checkpoint
from preview_worker.observability.audit.folder import CHECKPOINT
from preview_worker.observability.audit.record import Position, read_line, write_line

Files = dict[str, bytes]
_LEAST_BYTES, _MOST_BYTES = 8, 200


@dataclass(frozen=True, slots=True)
class Loot:
    """What a forger has at hand besides the log itself."""

    older: Sequence[Mapping[str, bytes]]
    """The same log as it was earlier."""
    foreign: Mapping[str, bytes]
    """A log that is in order, of another folder."""
    sealed_seq: int
    """What was sealed; beyond it a forger need not fear the checkpoint."""


Forgery = Callable[[Files, random.Random, Loot], Files]


def flip_a_bit(files: Files, chance: random.Random, _: Loot) -> Files:
    """Change one bit, anywhere, in the checkpoint too."""
    name = chance.choice(sorted(files))
    at = chance.randrange(len(files[name]))
    changed = files[name][at] ^ (1 << chance.randrange(8))
    return _with(files, name, files[name][:at] + bytes([changed]) + files[name][at + 1 :])


def insert_bytes(files: Files, chance: random.Random, _: Loot) -> Files:
    """Put some letters somewhere."""
    name = _a_log(files, chance)
    at = chance.randrange(len(files[name]) + 1)
    letters = chance.choices(string.ascii_letters, k=chance.randint(_LEAST_BYTES, _MOST_BYTES))
    return _with(files, name, files[name][:at] + "".join(letters).encode() + files[name][at:])


def delete_bytes(files: Files, chance: random.Random, _: Loot) -> Files:
    """Take some bytes out."""
    name = _a_log(files, chance)
    at = chance.randrange(len(files[name]))
    return _with(files, name, files[name][:at] + files[name][at + chance.randint(1, _MOST_BYTES) :])


def delete_lines(files: Files, chance: random.Random, _: Loot) -> Files:
    """Take one line out, or a few."""
    name, lines = _lines(files, chance)
    at = chance.randrange(len(lines))
    del lines[at : at + chance.randint(1, 3)]
    return _with(files, name, b"".join(lines))


def repeat_a_line(files: Files, chance: random.Random, _: Loot) -> Files:
    """Write a line a second time, somewhere."""
    name, lines = _lines(files, chance)
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines))
    return _with(files, name, b"".join(lines))


def insert_a_line(files: Files, chance: random.Random, loot: Loot) -> Files:
    """Put a line in that is in order by itself, or that is empty, or that says nothing."""
    name, lines = _lines(files, chance)
    others = loot.foreign[_a_log(dict(loot.foreign), chance)].splitlines(keepends=True)
    line = chance.choice([chance.choice(others), b"\n", b"{}\n", b'{"action":"audit.gap"}\n'])
    lines.insert(chance.randrange(len(lines) + 1), line)
    return _with(files, name, b"".join(lines))


def swap_lines(files: Files, chance: random.Random, _: Loot) -> Files:
    """Change the order of two lines."""
    name, lines = _lines(files, chance)
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return _with(files, name, b"".join(lines))


def cut_a_file(files: Files, chance: random.Random, _: Loot) -> Files:
    """Cut a file off somewhere, the newest or another."""
    name = chance.choice([_a_log(files, chance), max(_logs(files))])
    return _with(files, name, files[name][: chance.randrange(len(files[name]))])


def cut_the_tail(files: Files, chance: random.Random, _: Loot) -> Files:
    """Cut whole lines off the end of the log."""
    name = max(_logs(files))
    lines = files[name].splitlines(keepends=True)
    return _with(files, name, b"".join(lines[: chance.randrange(len(lines))]))


def remove_a_file(files: Files, chance: random.Random, _: Loot) -> Files:
    """Remove a file, the checkpoint too."""
    name = chance.choice(sorted(files))
    return {other: content for other, content in files.items() if other != name}


def swap_files(files: Files, chance: random.Random, _: Loot) -> Files:
    """Give two files each other's contents."""
    one, other = chance.sample(_logs(files), 2)
    return {**files, one: files[other], other: files[one]}


def put_an_older_file(files: Files, chance: random.Random, loot: Loot) -> Files:
    """Replace a file, or the checkpoint, by what it was earlier."""
    older = chance.choice(loot.older)
    name = chance.choice(sorted(set(older) & set(files)))
    return _with(files, name, older[name])


def put_a_foreign_file(files: Files, chance: random.Random, loot: Loot) -> Files:
    """Replace a file by one of another log that is in order."""
    name = chance.choice(sorted(set(loot.foreign) & set(files)))
    return _with(files, name, loot.foreign[name])


def roll_back(_: Files, chance: random.Random, loot: Loot) -> Files:
    """Put everything back to what it was earlier, the checkpoint too."""
    return dict(chance.choice(loot.older))


def put_a_foreign_log(_: Files, __: random.Random, loot: Loot) -> Files:
    """Replace the whole log by another one that is in order."""
    return dict(loot.foreign)


def rewrite(files: Files, chance: random.Random, loot: Loot) -> Files:
    """Change what a sealed record says and make all hashes after it anew, as a forger would.

    The forger has no key, and so either leaves the checkpoint or makes one without a seal.
    """
    target = chance.randint(1, loot.sealed_seq)
    head: Position | None = None
    forged = dict(files)
    for name in _logs(files):
        lines = []
        for line in files[name].splitlines(keepends=True):
            record = read_line(line.removesuffix(b"\n"))
            if record is not None and record.seq >= target:
                document = dict(record.document)
                if record.seq == target:
                    document["outcome"] = f"{document['outcome']}, or so they say"
                before = head or Position(record.chain, record.seq - 1, record.before)
                line, head = write_line(document, before)  # noqa: PLW2901 -- takes its place
            lines.append(line)
        forged[name] = b"".join(lines)
    if head is not None and chance.random() < 1 / 2:
        forged[CHECKPOINT] = Checkpoint.make(head, "2026-01-01T00:00:00.000Z", None).line()
    return forged


FORGERIES: tuple[Forgery, ...] = (
    flip_a_bit,
    flip_a_bit,
    insert_bytes,
    delete_bytes,
    delete_lines,
    repeat_a_line,
    insert_a_line,
    swap_lines,
    cut_a_file,
    cut_the_tail,
    remove_a_file,
    swap_files,
    put_an_older_file,
    put_a_foreign_file,
    roll_back,
    put_a_foreign_log,
    rewrite,
)
"""Every way; single bits are the most likely."""


def _logs(files: Mapping[str, bytes]) -> list[str]:
    return sorted(name for name in files if name != CHECKPOINT)


def _a_log(files: Files, chance: random.Random) -> str:
    return chance.choice(_logs(files))


def _lines(files: Files, chance: random.Random) -> tuple[str, list[bytes]]:
    name = _a_log(files, chance)
    return name, files[name].splitlines(keepends=True)


def _with(files: Files, name: str, content: bytes) -> Files:
    return {**files, name: content}
