"""The rules about what lies beside the video, and about where it comes from."""

from __future__ import annotations

import hashlib
import json

from preview_worker.contract import PreviewJob
from preview_worker.render.quality.elite.evidence import LATER, Evidence, Verdict


def script_hash(job: PreviewJob) -> str:
    """Return the SHA-256 of what the scenes are read from, whatever else the request holds."""
    request = job.request.model_dump(mode="json", by_alias=True)
    script = {name: request.get(name) for name in ("title", "description", job.request.source)}
    text = json.dumps(script, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def confirmation_hash(job: PreviewJob) -> str | None:
    """Return the hash with which an operator confirmed the script, if the request carries one."""
    value = job.request.metadata.get("confirmationHash")
    return value if isinstance(value, str) and value else None


def judge_captions(evidence: Evidence) -> Verdict:
    """A11: captions are written as SubRip, with at least one in them."""
    written = "srt" in evidence.timeline.captioning.formats and evidence.cues > 0
    told = "Leave options.includeCaptions and exportSrt on, and give scenes something to say."
    return Verdict(written, written, told)


def judge_chapters(evidence: Evidence) -> Verdict:
    """A12: the list of chapters is always written."""
    return Verdict(bool(evidence.timeline.scenes), measured=True)


def judge_thumbnail(evidence: Evidence) -> Verdict:
    """A13: the thumbnail is taken from the finished pictures."""
    if evidence.thumbnail is None:
        return LATER
    return Verdict(evidence.thumbnail, evidence.thumbnail, "No thumbnail was written.")


def judge_version(evidence: Evidence) -> Verdict:
    """T1: the manifest always says by which version of the standard it was scored."""
    del evidence
    return Verdict(holds=True, measured=True)


def judge_script_hash(evidence: Evidence) -> Verdict:
    """T2: the manifest always holds the script's hash."""
    return Verdict(bool(script_hash(evidence.job)), measured=True)


def judge_confirmation(evidence: Evidence) -> Verdict:
    """T3: somebody confirmed the script."""
    confirmed = confirmation_hash(evidence.job) is not None
    told = "Put the operator's confirmation into previewRequest.metadata.confirmationHash."
    return Verdict(confirmed, confirmed, told)
