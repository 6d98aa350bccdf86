"""Checkpoints: the head of a chain, sealed, so that what is cut off behind it is missed.

A chain of digests shows what was changed in its middle, but not that its end is gone. A checkpoint
says how far the chain reached at some instant. With a key its seal is an HMAC, which nobody can
make who does not have the key; without one it is a plain digest against accidents.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from preview_worker.observability.audit.folder import CHECKPOINT, replace_file
from preview_worker.observability.audit.record import NOTHING_BEFORE, VERSION, Position, canonical

_HEX = re.compile(r"[0-9a-f]{64}")


class CheckpointError(ValueError):
    """A checkpoint is not as it was written; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a chain reached at an instant. ``seal`` is the HMAC, empty without a key."""

    position: Position
    time: str
    seal: str = ""

    @classmethod
    def make(cls, position: Position, time: str, key: bytes | None) -> Self:
        """Seal ``position``."""
        return cls(position, time, _seal(_facts(position, time), key) if key else "")

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Read a checkpoint; raise ``CheckpointError`` when it is not as it was written."""
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            document = None
        match document:
            case {"chain": str(chain), "seq": int(seq), "hash": str(digest), "time": str(time)}:
                found = cls(Position(chain, seq, digest), time, str(document.get("hmac", "")))
            case _:
                message = "the checkpoint cannot be read"
                raise CheckpointError(message)
        if found.line() != content or not _HEX.fullmatch(digest):
            message = "the checkpoint is damaged"
            raise CheckpointError(message)
        return found

    def line(self) -> bytes:
        """Return the checkpoint as it is kept, with a digest against accidents."""
        document = {
            **_facts(self.position, self.time),
            **({"hmac": self.seal} if self.seal else {}),
        }
        total = hashlib.sha256(canonical(document)).hexdigest()
        return canonical({**document, "sha256": total})

    def check(self, key: bytes | None) -> None:
        """Raise ``CheckpointError`` unless whoever has ``key`` made this. Without one, pass."""
        if key is None:
            return
        if not self.seal:
            message = "the checkpoint has no seal, though there is a key"
            raise CheckpointError(message)
        if not hmac.compare_digest(self.seal, _seal(_facts(self.position, self.time), key)):
            message = "the seal of the checkpoint was made with another key, or for another head"
            raise CheckpointError(message)


def read_checkpoint(folder: Path) -> Checkpoint | None:
    """Return the checkpoint in a folder, None if there is none.

    Raises ``CheckpointError`` for one that is not as it was written, and ``OSError``.
    """
    try:
        return Checkpoint.parse((folder / CHECKPOINT).read_bytes())
    except FileNotFoundError:
        return None


def write_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Put a checkpoint in the place of the older one."""
    replace_file(folder / CHECKPOINT, checkpoint.line())


def a_new_chain() -> Position:
    """Return the place before the first record of a chain that was never there before."""
    return Position(secrets.token_hex(8), 0, NOTHING_BEFORE)


def _facts(position: Position, time: str) -> dict[str, object]:
    chain, seq, digest = position
    return {"v": VERSION, "chain": chain, "seq": seq, "hash": digest, "time": time}


def _seal(facts: dict[str, object], key: bytes) -> str:
    return hmac.new(key, canonical(facts), hashlib.sha256).hexdigest()
