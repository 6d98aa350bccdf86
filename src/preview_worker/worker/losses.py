"""What a batch has lost: its parts that failed, where placeholders are wanted for their scenes."""

from __future__ import annotations

from preview_worker.contract import ErrorCode, PartJob, PreviewError, PreviewJob, read_part
from preview_worker.queue import FailedChild, JobQueue, LeasedJob
from preview_worker.render import LostPart, PartWish


async def lost_parts(queue: JobQueue, job: LeasedJob, wanted: PreviewJob) -> tuple[LostPart, ...]:
    """Return the parts of ``job`` that failed, in their order; none unless placeholders are wanted.

    A preview of nothing but placeholders helps nobody: when all parts failed, it is a
    ``PreviewError``. Raises ``QueueUnavailableError`` when nobody can be asked.
    """
    if wanted.on_part_failure != "placeholder" or wanted.dry_run:
        return ()
    failed = {}
    for child in await queue.failed_children(job):
        part = _part(child)
        if part is not None:
            failed[part.number, part.count] = child
    if any(sum(of == count for _, of in failed) == count for _, count in failed):
        first = failed[min(failed)]
        told = f"No part of the batch could be filmed. The first of them failed: {first.reason}"
        raise PreviewError(ErrorCode.RENDER, told)
    lost = sorted(failed.items(), key=lambda item: item[0])
    return tuple(LostPart(PartWish(*place), child.code) for place, child in lost)


def _part(child: FailedChild) -> PartJob | None:
    """Return the part that a child was; None for one of another kind."""
    try:
        return read_part(child.payload)
    except PreviewError:
        return None
