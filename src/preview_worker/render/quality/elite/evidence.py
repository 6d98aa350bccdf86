"""What the rules of the Elite standard look at, and how each of them answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from preview_worker.contract import Finding, MediaFacts, PreviewJob
from preview_worker.render.model import Timeline

Measured = bool | float | str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a preview. ``media`` and ``thumbnail`` are None until it is rendered."""

    job: PreviewJob
    timeline: Timeline
    cues: int
    findings: tuple[Finding, ...]
    media: MediaFacts | None = None
    thumbnail: bool | None = None


class Verdict(NamedTuple):
    """Whether a rule holds, None where it could not be measured, and what is missing if not."""

    holds: bool | None
    measured: Measured = None
    missing: str = ""


LATER = Verdict(None, None, "It is measured on the finished preview.")
