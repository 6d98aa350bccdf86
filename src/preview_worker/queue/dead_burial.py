"""From a death to the command that keeps the job. Pure: nothing is sent here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from preview_worker import __version__
from preview_worker.queue.codec import UnfitJobError, decode_stacktrace
from preview_worker.queue.dead_scripts import BURY, TRIM
from preview_worker.queue.jobs import LeasedJob
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.outcome import Cancelled, Failed, Outcome, Retry
from preview_worker.queue.settings import MAX_STORED_REASON_CHARS, QueueSettings
from preview_worker.queue.transaction import Command
from preview_worker.queue.wire import Reply

LETTER_VERSION = 1
_LONGEST_NUMBER = 16
_MOST_CHECKED_BYTES = 4 * 1024 * 1024
"""A larger payload is kept without a look at it: to parse it would hold up the loop."""
PAYLOAD_MARK = b',"payload":'
"""Stands once in a letter, before the payload: in the facts no name or text can spell it."""


class Death(NamedTuple):
    """A job's end, by its lock's ``token``, and what is known of its life."""

    job_id: str | bytes
    token: str
    code: str
    reason: str
    payload: bytes
    stacktrace: bytes
    added_at_ms: int
    attempts: tuple[int, int, int, int]
    """Made (with this one), started, allowed, and how often its worker fell silent."""

    @classmethod
    def of(cls, job: LeasedJob, outcome: Outcome, stacktrace: bytes) -> Death | None:
        """Return the death that ``outcome`` means if the queue fails the job; None if it is none.

        Whoever cancels a job wants no more of it: that leaves no letter.
        """
        if isinstance(outcome, Cancelled) or not isinstance(outcome, (Failed, Retry)):
            return None
        attempts = (
            job.attempts_made + 1,
            job.attempts_started,
            job.max_attempts,
            job.stalled_count,
        )
        return cls(
            job_id=job.id,
            token=job.token,
            code=outcome.code,
            reason=outcome.reason,
            payload=job.payload,
            stacktrace=stacktrace,
            added_at_ms=job.added_at_ms,
            attempts=attempts,
        )

    @classmethod
    def of_unfit(
        cls, job_id: bytes, token: str, unfit: UnfitJobError, raw: Sequence[Reply]
    ) -> Death:
        """Return the death of a job that could not be decoded from ``raw``, its hash."""
        words = [word for word in raw if isinstance(word, bytes)]
        fields = dict(zip(words[::2], words[1::2], strict=True))

        def count(name: bytes) -> int:
            digits = fields.get(name, b"")
            return int(digits) if digits.isdigit() and len(digits) < _LONGEST_NUMBER else 0

        return cls(
            job_id=job_id,
            token=token,
            code=unfit.code,
            reason=str(unfit),
            payload=fields.get(b"data", b"{}"),
            stacktrace=fields.get(b"stacktrace", b""),
            added_at_ms=count(b"timestamp"),
            attempts=(count(b"atm") + 1, count(b"ats"), 0, count(b"stc")),
        )


class Undertaker:
    """Lays out dead letters for the dead queue of one queue."""

    def __init__(self, keys: QueueKeys, settings: QueueSettings) -> None:
        """Bury jobs of ``keys`` as long and as many as ``settings`` say."""
        self._keys = keys
        self._dead = QueueKeys(settings.prefix, settings.dead_queue_name)
        self._settings = settings

    def bury(self, death: Death | None, at_ms: int) -> Command | None:
        """Return the command that keeps the job; None when nothing is to be kept."""
        if death is None or not self._settings.dead_max_count:
            return None
        keys, dead = self._keys, self._dead
        script_keys = (
            keys.lock(death.job_id),
            keys.active,
            keys.job(death.job_id),
            dead.job(death.job_id),
            dead.wait,
            dead.meta,
            dead.events,
            dead.marker,
        )
        reason = stored_reason(death.reason)
        history = self._history(death, reason)
        args = (
            death.token,
            death.job_id,
            dead.root,
            at_ms,
            self._facts(death, reason, history, at_ms),
            "1" if _is_json(death.payload) else "0",
            reason,
            json.dumps(history),
            death.attempts[0],
            self._settings.dead_max_count,
            self._oldest_ms(at_ms),
        )
        return Command(BURY, script_keys, args)

    def trim(self, at_ms: int) -> Command | None:
        """Return the command that forgets letters that are too old or too many.

        None when no letters are written: those of other times are then left alone.
        """
        if not self._settings.dead_max_count:
            return None
        bounds = (self._settings.dead_max_count, self._oldest_ms(at_ms))
        return Command(TRIM, (self._dead.wait,), (self._dead.root, *bounds))

    def _oldest_ms(self, at_ms: int) -> int:
        return at_ms - round(self._settings.dead_max_age_s * 1000)

    def _history(self, death: Death, reason: str) -> list[str]:
        lines = [*decode_stacktrace(death.stacktrace), f"{death.code}: {reason}"]
        return lines[-self._settings.max_stacktrace_lines :]

    def _facts(self, death: Death, reason: str, history: list[str], at_ms: int) -> bytes:
        """Return what is known as a JSON object without its end; the payload follows."""
        job_id = death.job_id
        made, started, allowed, stalled = death.attempts
        facts = {
            "v": LETTER_VERSION,
            "queue": self._settings.queue_name,
            "jobId": job_id if isinstance(job_id, str) else job_id.decode(errors="replace"),
            "code": death.code,
            "reason": reason,
            "diedAt": at_ms,
            "addedAt": death.added_at_ms,
            "attemptsMade": made,
            "attemptsStarted": started,
            "maxAttempts": allowed,
            "stalledCount": stalled,
            "history": history,
            "worker": self._settings.worker_name,
            "workerVersion": __version__,
        }
        return json.dumps(facts, separators=(",", ":")).encode()[:-1]


def stored_reason(reason: str) -> str:
    """Bound a reason and drop what UTF-8 cannot hold."""
    return reason.encode(errors="replace").decode()[:MAX_STORED_REASON_CHARS]


def _is_json(payload: bytes) -> bool:
    """Tell whether every JSON reader can read the payload; Python's knows more words than JSON."""
    if len(payload) > _MOST_CHECKED_BYTES:
        return False
    try:
        json.loads(payload.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(word: str) -> object:
    raise ValueError(word)
