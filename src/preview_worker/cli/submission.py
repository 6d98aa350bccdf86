"""``enqueue``, ``status`` and ``watch``: the producer's side of the queue."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from preview_worker.cli.console import Exit, complain, json_option, read_input, run, show

if TYPE_CHECKING:
    from preview_worker.contract import BatchPlan, OnFailure
    from preview_worker.queue import JobStatus


@click.command()
@click.argument("file")
@click.option("--wait", is_flag=True, help="Wait until the job has ended.")
@click.option("--batch", is_flag=True, help="Cut it into parts, for all workers to film.")
@click.option("--parts", type=click.IntRange(1, 64), help="Parts of the batch.  [default: 4]")
@click.option(
    "--on-failure",
    type=click.Choice(["render", "placeholder", "fail"]),
    help="When a part fails: render it with the whole, show marked placeholders for what it did "
    "not film, or fail the whole.  [default: render]",
)
@json_option
def enqueue(
    file: str,
    *,
    wait: bool,
    batch: bool,
    parts: int | None,
    on_failure: OnFailure | None,
    as_json: bool,
) -> int:
    """Add a payload FILE to the queue.

    FILE may be - for the standard input. The job gets the options of the Node client: five
    attempts with exponential backoff, and an id from the payload. The workers of a batch have to
    share DATA_DIR.
    """
    if not batch and (parts or on_failure):
        message = "--parts and --on-failure are for a --batch."
        raise click.UsageError(message)
    from preview_worker.contract import BatchPlan

    plan = BatchPlan(parts or BatchPlan().parts, on_failure or "render") if batch else None
    return run(_enqueue(read_input(file), plan, wait=wait, as_json=as_json))


@click.command()
@click.argument("job_id")
@json_option
def status(job_id: str, *, as_json: bool) -> int:
    """Tell the state of a job."""
    return run(_status(job_id, as_json=as_json))


@click.command()
@click.argument("job_id")
@json_option
def watch(job_id: str, *, as_json: bool) -> int:
    """Follow a job until it has ended.

    Exit status 1 when it failed.
    """
    return run(_watch(job_id, as_json=as_json))


async def _enqueue(raw: bytes, batch: BatchPlan | None, *, wait: bool, as_json: bool) -> int:
    from preview_worker.bootstrap import open_audit, open_producer, submit_payload
    from preview_worker.settings import load_settings

    settings = load_settings()
    async with open_producer(settings) as producer, open_audit(settings) as observer:
        added = await submit_payload(raw, producer, settings, observer, batch)
    document: dict[str, Any] = {"jobId": added.id, "status": "queued"}
    document["duplicate"] = added.duplicate
    if batch is not None:
        document["parts"] = batch.parts
    text = f"{added.id} was queued before" if added.duplicate else f"{added.id} is queued"
    if not wait:
        show(document, text, as_json=as_json)
        return Exit.DONE
    if not as_json:
        click.echo(text)
    return await _watch(added.id, as_json=as_json)


async def _status(job_id: str, *, as_json: bool) -> int:
    from preview_worker.bootstrap import open_producer
    from preview_worker.settings import load_settings

    async with open_producer(load_settings()) as producer:
        found = await producer.status(job_id)
        parts = await producer.children(job_id)
    if found is None:
        return _not_found(job_id)
    document, sentence = _document(found), _sentence(found)
    if parts is not None:
        document["parts"] = {**asdict(parts), "total": parts.total}
        sentence += f" ({parts.total - parts.open} of {parts.total} parts done)"
    show(document, sentence, as_json=as_json)
    return Exit.DONE


async def _watch(job_id: str, *, as_json: bool) -> int:
    from preview_worker.bootstrap import open_producer
    from preview_worker.cli.progress import ProgressBar
    from preview_worker.settings import load_settings

    last: JobStatus | None = None
    async with open_producer(load_settings()) as producer:
        with ProgressBar(quiet=as_json) as bar:
            async for found in producer.watch(job_id):
                last = found
                if isinstance(found.progress, int | float):
                    bar.advance(found.state, int(found.progress))
    if last is None:
        return _not_found(job_id)
    show(_document(last), _sentence(last), as_json=as_json)
    return Exit.DONE if last.state == "completed" else Exit.FAILED


def _not_found(job_id: str) -> int:
    complain(f"Job {job_id} not found")
    return Exit.FAILED


def _document(found: JobStatus) -> dict[str, Any]:
    """Return the status in the names of the Node client's ``getJobStatus``, and the result."""
    return {
        "jobId": found.id,
        "status": found.state,
        "progress": found.progress,
        "attemptsMade": found.attempts_made,
        "createdAt": found.added_at_ms,
        "processedOn": found.processed_on_ms,
        "finishedOn": found.finished_on_ms,
        "failedReason": found.failed_reason,
        "returnvalue": found.return_value,
    }


def _sentence(found: JobStatus) -> str:
    text = f"{found.id} is {found.state}"
    if found.state == "active":
        text += f", {found.progress} % done"
    if found.failed_reason:
        text += f": {found.failed_reason}"
    if isinstance(found.return_value, dict) and "artifactPath" in found.return_value:
        text += f": {found.return_value['artifactPath']}"
    return text
