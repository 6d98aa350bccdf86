"""``audit``: who did what, and whether that record is as it was written."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from preview_worker.cli.console import Exit, complain, json_option, run, show
from preview_worker.cli.measures import Instant

if TYPE_CHECKING:
    from preview_worker.bootstrap import AuditReview
    from preview_worker.observability import Ending, Fault, LogVerdict, Record

_FOLDER = click.argument("folder", type=click.Path(path_type=Path), required=False)


@click.group()
def audit() -> None:
    """Read the log of who did what, and verify it."""


@audit.command()
@_FOLDER
@json_option
def verify(folder: Path | None, *, as_json: bool) -> int:
    """Verify every record in FOLDER, or in DATA_DIR/audit.

    Redis is asked for its checkpoint of the log. Exit status: 0 all is as it was written, 1 it is
    not, 3 it cannot be read.
    """
    from preview_worker.bootstrap import review_audit
    from preview_worker.settings import load_settings

    settings = load_settings()
    where = folder or settings.audit.folder
    try:
        review = run(review_audit(settings, where))
    except OSError as error:
        _unreadable(where, error)
    verdict = review.verdict
    show(_verdict(review), _told(verdict, asked_redis=review.asked_redis), as_json=as_json)
    if verdict.fault is not None:
        complain(f"{where} is not as it was written: {_place(verdict.fault)}")
    return Exit.DONE if verdict.ok else Exit.FAILED


@audit.command("list")
@_FOLDER
@click.option("--job", "job_id", help="Only what has to do with this job.")
@click.option("--action", default="*", help="Only such deeds: job.cancel, 'queue.*'.")
@click.option("--user", help="Only what this account did, or who came with the key of that name.")
@click.option("--since", "since_ms", type=Instant(), help="Only what was done since, such as 24h.")
@click.option("--until", "until_ms", type=Instant(), help="Only what was done before.")
@click.option("--last", type=click.IntRange(1), help="Only the newest so many.")
@json_option
def list_records(
    folder: Path | None,
    *,
    last: int | None,
    as_json: bool,
    **wanted: Any,  # noqa: ANN401 -- click checked the types
) -> int:
    """List records in the order in which they were written.

    It does not verify them.
    """
    from preview_worker.observability import Selection

    selection = Selection(**wanted)
    records = list(deque(filter(selection.matches, _records(folder)), maxlen=last))
    text = "\n".join(map(_line, records)) or "There are no such records"
    show({"records": [dict(record.document) for record in records]}, text, as_json=as_json)
    return Exit.DONE


@audit.command("endings")
@_FOLDER
@json_option
def list_endings(folder: Path | None, *, as_json: bool) -> int:
    """List how jobs ended: each final state that a job reached, once.

    At the end are those that were announced by a process which did not live to confirm them.
    """
    from preview_worker.observability import endings

    found = endings(record.document for record in _records(folder))
    lines = [
        f"{one.job_id}  {one.outcome}  {one.code if one.confirmed else 'announced'}".rstrip()
        for one in found
    ]
    text = "\n".join(lines) or "No job has ended"
    show({"endings": [_ending(one) for one in found]}, text, as_json=as_json)
    return Exit.DONE


def _records(folder: Path | None) -> Iterator[Record]:
    from preview_worker.observability import read_log
    from preview_worker.settings import load_settings

    where = folder or load_settings().audit.folder
    try:
        yield from read_log(where)
    except OSError as error:
        _unreadable(where, error)


def _unreadable(where: Path, error: OSError) -> NoReturn:
    complain(f"{where} cannot be read: {error.strerror}")
    raise click.exceptions.Exit(Exit.UNREADABLE) from None


def _verdict(review: AuditReview) -> dict[str, Any]:
    verdict, fault = review.verdict, review.verdict.fault
    return {
        "ok": verdict.ok,
        "files": verdict.files,
        "records": verdict.records,
        "gaps": verdict.gaps,
        "firstSeq": verdict.first_seq,
        "lastSeq": verdict.head.seq if verdict.head else 0,
        "head": verdict.head.hash if verdict.head else None,
        "sealedSeq": verdict.sealed_seq,
        "sealedWithKey": verdict.sealed_with_key,
        "redisAsked": review.asked_redis,
        "redisSeq": verdict.anchored_seq,
        "unfinishedBytes": verdict.unfinished_bytes,
        "fault": None
        if fault is None
        else {"file": fault.file, "line": fault.line, "seq": fault.seq, "wrong": fault.wrong},
    }


def _told(verdict: LogVerdict, *, asked_redis: bool) -> str:
    if verdict.fault is not None:
        return f"{verdict.records} records fit, then one does not"
    if verdict.head is None:
        return "There are no records"
    key = "with the key" if verdict.sealed_with_key else "without a key"
    seqs = f"{verdict.first_seq} to {verdict.head.seq}"
    anchor = _anchor(verdict, asked_redis=asked_redis)
    lines = [
        f"{verdict.records} records in {verdict.files} files are as they were written, {seqs}",
        f"sealed up to {verdict.sealed_seq}, {key}; {anchor}",
    ]
    if verdict.gaps:
        lines.append(f"{verdict.gaps} tell of a gap: audit list --action audit.gap")
    if verdict.unfinished_bytes:
        lines.append(f"a line of {verdict.unfinished_bytes} bytes at the end was never finished")
    return "\n".join(lines)


def _anchor(verdict: LogVerdict, *, asked_redis: bool) -> str:
    if not asked_redis:
        return "Redis could not be asked"
    if verdict.anchored_seq is None:
        return "Redis holds no checkpoint of it"
    return f"by Redis up to {verdict.anchored_seq}"


def _place(fault: Fault) -> str:
    line = f", line {fault.line}" if fault.line else ""
    return f"{fault.file}{line}: {fault.wrong}" if fault.file else fault.wrong


def _line(record: Record) -> str:
    document, actor = record.document, record.document["actor"]
    who = f"{actor.get('key') or actor['user']}@{actor['host']}"
    subject = " ".join(document["subject"].values())
    detail = " ".join(f"{name}={value}" for name, value in record.detail.items())
    told = f"{record.seq}  {document['time']}  {who}  {record.action}  {document['outcome']}"
    return "  ".join(filter(None, (told, subject, detail)))


def _ending(one: Ending) -> dict[str, Any]:
    return {
        "jobId": one.job_id,
        "outcome": one.outcome,
        "attempt": one.attempt,
        "code": one.code or None,
        "seq": one.seq,
        "host": one.host,
        "pid": one.pid,
        "confirmed": one.confirmed,
    }
