"""``cancel``: end one job, wherever it is."""

from __future__ import annotations

import click

from preview_worker.cli.console import Exit, json_option, show
from preview_worker.cli.steering import steer


@click.command()
@click.argument("job_id")
@click.option("--reason", help="Why; the job's producer reads it.")
@json_option
def cancel(job_id: str, *, reason: str | None, as_json: bool) -> int:
    """Cancel a job that has not ended.

    One that waits fails at once. One that runs, on whatever machine, is stopped by its worker
    within a second. It is not tried again.
    """
    from preview_worker.queue import DEFAULT_CANCEL_REASON, CancelAnswer

    why = reason or DEFAULT_CANCEL_REASON
    answer = steer(lambda controls: controls.cancel(job_id, why))
    told = {
        CancelAnswer.CANCELLED: f"{job_id} is cancelled",
        CancelAnswer.REQUESTED: f"{job_id} runs; its worker has been told to stop",
    }
    document = {"jobId": job_id, "status": answer, "reason": why}
    show(document, told[answer], as_json=as_json)
    return Exit.DONE
