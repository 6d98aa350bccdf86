"""The wire: payload in, preview out, and the reasons why not."""

from __future__ import annotations

from preview_worker.contract.characters import (
    MAX_GRAPHEME_CODES,
    codes_in,
    graphemes,
    marks,
    one_mark,
    one_of,
    tower_of,
)
from preview_worker.contract.errors import ErrorCode, PreviewError
from preview_worker.contract.notices import Notice
from preview_worker.contract.owner import read_project
from preview_worker.contract.part import (
    MAX_PARTS,
    PART_NAME,
    BatchPlan,
    OnFailure,
    PartJob,
    is_part_id,
    is_part_result,
    part_id,
    read_part,
)
from preview_worker.contract.payload import ParsedJob, PreviewJob, PreviewRequest
from preview_worker.contract.preview import (
    FileKind,
    Finding,
    LoudnessFacts,
    MediaFacts,
    PhaseInterval,
    PixelBox,
    RenderedFile,
    RenderedPreview,
    SceneFacts,
    Severity,
)
from preview_worker.contract.progress import DONE_PERCENT, PHASE_PERCENTS, phase_share
from preview_worker.contract.quality import (
    EliteRule,
    EliteScore,
    Quality,
    RuleSeverity,
    RuleStatus,
)
from preview_worker.contract.raw import PayloadLimits, decode_payload
from preview_worker.contract.reading import in_client_words, read_job, split_complaints
from preview_worker.contract.schema import payload_schema
from preview_worker.contract.telling import read_findings, read_rendered

__all__ = [
    "DONE_PERCENT",
    "MAX_GRAPHEME_CODES",
    "MAX_PARTS",
    "PART_NAME",
    "PHASE_PERCENTS",
    "BatchPlan",
    "EliteRule",
    "EliteScore",
    "ErrorCode",
    "FileKind",
    "Finding",
    "LoudnessFacts",
    "MediaFacts",
    "Notice",
    "OnFailure",
    "ParsedJob",
    "PartJob",
    "PayloadLimits",
    "PhaseInterval",
    "PixelBox",
    "PreviewError",
    "PreviewJob",
    "PreviewRequest",
    "Quality",
    "RenderedFile",
    "RenderedPreview",
    "RuleSeverity",
    "RuleStatus",
    "SceneFacts",
    "Severity",
    "codes_in",
    "decode_payload",
    "graphemes",
    "in_client_words",
    "is_part_id",
    "is_part_result",
    "marks",
    "one_mark",
    "one_of",
    "part_id",
    "payload_schema",
    "phase_share",
    "read_findings",
    "read_job",
    "read_part",
    "read_project",
    "read_rendered",
    "split_complaints",
    "tower_of",
]
