"""A part whose process ends without a word: filmed in ever smaller pieces, around what ends it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from preview_worker.contract import ErrorCode, PreviewError

if TYPE_CHECKING:
    from preview_worker.contract import RenderedPreview
    from preview_worker.worker.ports import Renderer, RenderTask, Report

SUDDEN = {ErrorCode.CRASH, ErrorCode.MEMORY}
"""What a process cannot get around by itself. One that hangs is not among them: each piece would
take the whole time that a render may have."""
MOST_PIECES = 64
"""So many pieces a part is cut into, at most."""
MOST_ENDS = 16
"""So many processes may end so. One bad shot ends seven; where all do, nothing is gained."""


async def film_around(renderer: Renderer, task: RenderTask, report: Report) -> RenderedPreview:
    """Film the part that ``task`` wishes for, and if that ends its process, in pieces.

    All that can be filmed is in the cache then, and the first error is raised. A part that is not
    to be filmed ``alone`` is tried as it is.
    """
    if task.part is None or not task.part.alone:
        return await renderer.render(task, report)
    waiting, ends = [task.part], 0
    first: PreviewError | None = None
    filmed: RenderedPreview | None = None
    finest = task.part.count * MOST_PIECES
    while waiting and ends < MOST_ENDS:
        piece = waiting.pop()
        try:
            filmed = await renderer.render(replace(task, part=piece), report)
        except PreviewError as error:
            if error.code.retryable:
                raise
            first = first or error
            ends += error.code in SUDDEN
            if error.code in SUDDEN and piece.count < finest:
                waiting += reversed(piece.halves)
    if first is not None or filmed is None:
        raise first or PreviewError(ErrorCode.INTERNAL)
    return filmed
