"""One payload, read and planned in this process, and what came of it."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass

from preview_worker.contract import PreviewError, PreviewJob, read_job
from preview_worker.render import RenderSettings, input_digest
from preview_worker.render.assets import FileAssets
from preview_worker.render.atelier import painter_of
from preview_worker.render.captions import plan_sidecars
from preview_worker.render.planning import plan_preview

MOST_MESSAGE_CHARS = 4_000
_SHOWN_SCENES = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a payload ended: ``accepted``, a code, or what surprised us; and the CPU that it took."""

    code: str
    spent_s: float
    surprise: str = ""


def read_and_plan(raw: bytes, settings: RenderSettings, *, pages: bool) -> Outcome:
    """Do what the supervisor does with a payload; with ``pages``, what a dry run does with it too.

    CPU time is counted, because it is what a payload costs whoever else uses the processor.
    """
    began_s = time.process_time()
    code, surprise = "accepted", ""
    try:
        parsed = read_job(raw, transport_id="job")
        input_digest(parsed.job, settings)
    except PreviewError as error:
        code = error.code.code
        if not code.startswith("invalid.") or len(error.message) > MOST_MESSAGE_CHARS:
            surprise = f"{code}: {error.message[:200]}"
        return Outcome(code, time.process_time() - began_s, surprise)
    except Exception:  # noqa: BLE001 -- whatever it is, it is what we look for
        return Outcome("surprise", time.process_time() - began_s, traceback.format_exc())
    spent_s = time.process_time() - began_s
    return Outcome(code, spent_s, _pages(parsed.job, settings) if pages else surprise)


def _pages(job: PreviewJob, settings: RenderSettings) -> str:
    """Plan the captions and lay out the first pages; return what surprised us."""
    try:
        timeline = plan_preview(job, settings)
        plan_sidecars(timeline)
        painter = painter_of(timeline, FileAssets(settings), settings)
        for scene in timeline.scenes[:_SHOWN_SCENES]:
            painter.plan(scene)
    except PreviewError as error:
        return "" if error.code.code.startswith("invalid.") else error.message
    except Exception:  # noqa: BLE001 -- see above
        return traceback.format_exc()
    return ""
