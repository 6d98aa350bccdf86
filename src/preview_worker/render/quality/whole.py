"""What can only be judged over the whole timeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from preview_worker.contract import Finding, PreviewJob, Quality
from preview_worker.render.audio import Listener
from preview_worker.render.model import Timeline
from preview_worker.render.quality.advice import advised
from preview_worker.render.quality.elite import Evidence, score
from preview_worker.render.quality.sounds import judge_sounds
from preview_worker.render.quality.spacing import judge_spacing


def judge_timeline(job: PreviewJob, timeline: Timeline, listener: Listener) -> list[Finding]:
    """Return what a person should know of ``timeline`` beyond its single scenes.

    Raises ``PreviewError`` for sounds that may not or cannot be read.
    """
    return [*judge_sounds(timeline, listener), *judge_spacing(job.request, timeline.language)]


def appraise(evidence: Evidence) -> Quality:
    """Count the findings of a preview, and score it by the Elite standard."""
    counts = Counter(finding.severity for finding in evidence.findings)
    return Quality(counts["error"], counts["warning"], counts["note"], score(evidence))


def advise(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings of all steps, each with what to do about it."""
    return tuple(map(advised, findings))
