"""One line of the audit log: who did what, and the digest that chains it to the line before.

A line is a JSON object in ASCII without spaces whose last member is ``hash``: the SHA-256 of the
hash before it (64 hexadecimal digits) and of the line's own bytes without that last member. So
what is hashed is what lies on the disk, and no two spellings of a record have the same hash.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from preview_worker.observability.audit.acting import acting_key

VERSION = 1
NOTHING_BEFORE = "0" * 64
"""What the first record of a chain has for the hash before it."""
BEGIN = "audit.begin"
GAP = "audit.gap"
PRUNE = "audit.prune"
LINE_START = b'{"action":"'

_MAX_TEXT = 256
_MAX_LINE_BYTES = 16 * 1024
_HASH = re.compile(rb',"hash":"([0-9a-f]{64})"\}')
_HASH_BYTES = len(b',"hash":""}') + 64


class Position(NamedTuple):
    """A place in a chain: after the record ``seq``, whose hash is ``hash``."""

    chain: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: ``kind`` is worker, command or api, ``user`` the account of the system."""

    kind: str
    user: str
    host: str
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What was done, before it has its place in a chain."""

    action: str
    outcome: str = "done"
    queue: str = ""
    job_id: str = ""
    project_id: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)
    at_s: float = field(default_factory=time.time)
    """The wall clock, POSIX seconds. Clocks may be set back: only ``seq`` tells the order."""
    monotonic_s: float = field(default_factory=time.monotonic)
    """The clock that nobody sets, to tell how far apart two records of one machine are."""
    key: str = field(default_factory=acting_key)
    """The name of the key with which somebody came in, where keys are asked for."""

    def document(self, actor: Actor) -> dict[str, object]:
        """Return what a record says of this deed when ``actor`` did it."""
        subject = {"queue": self.queue, "job": self.job_id, "project": self.project_id}
        who = {"kind": actor.kind, "user": actor.user, "host": actor.host, "pid": actor.pid}
        return {
            "action": self.action,
            "actor": {**who, "key": shortened(self.key)} if self.key else who,
            "detail": dict(self.detail),
            "mono": round(self.monotonic_s, 6),
            "outcome": self.outcome,
            "subject": {name: shortened(text) for name, text in subject.items() if text},
            "time": told_time(self.at_s),
            "v": VERSION,
        }


@dataclass(frozen=True, slots=True)
class Record:
    """A line that was read and whose own hash is right."""

    seq: int
    chain: str
    before: str
    hash: str
    document: Mapping[str, Any]

    @property
    def action(self) -> str:
        """What was done."""
        return str(self.document.get("action", ""))

    @property
    def detail(self) -> Mapping[str, Any]:
        """The facts that belong to the action."""
        found = self.document.get("detail")
        return found if isinstance(found, dict) else {}

    @property
    def position(self) -> Position:
        """The place after this record."""
        return Position(self.chain, self.seq, self.hash)


def write_line(document: Mapping[str, object], before: Position) -> tuple[bytes, Position]:
    """Return the line that says ``document`` after ``before``, and the place after that line."""
    chained = {**document, "chain": before.chain, "prev": before.hash, "seq": before.seq + 1}
    body = canonical(chained)
    if len(body) > _MAX_LINE_BYTES:
        body = canonical({**chained, "detail": {"omitted_bytes": len(body)}})
    digest = _digest(before.hash, body)
    line = b'%b,"hash":"%b"}\n' % (body[:-1], digest.encode())
    return line, Position(before.chain, before.seq + 1, digest)


def read_line(line: bytes) -> Record | None:
    """Return what a line without its newline says; None when it is not as it was written."""
    found = _HASH.fullmatch(line, max(0, len(line) - _HASH_BYTES))
    if found is None:
        return None
    body = line[: found.start()] + b"}"
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    match document:
        case {"seq": int(seq), "chain": str(chain), "prev": str(before)}:
            digest = found[1].decode()
            fits = before.isascii() and _digest(before, body) == digest
            return Record(seq, chain, before, digest, document) if fits else None
        case _:
            return None


def canonical(document: Mapping[str, object]) -> bytes:
    """Return the one spelling of a JSON object: sorted keys, no spaces, ASCII."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), default=str).encode("ascii")


def shortened(text: str) -> str:
    """Return ``text`` if it is short, else its beginning and the digest of the whole."""
    if len(text) <= _MAX_TEXT:
        return text
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    return f"{text[:_MAX_TEXT]}… (sha256 {digest})"


def told_time(at_s: float) -> str:
    """Spell an instant as RFC 3339 does, UTC, to the millisecond."""
    told = datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds")
    return told.replace("+00:00", "Z")


def _digest(before: str, body: bytes) -> str:
    return hashlib.sha256(before.encode() + body).hexdigest()
