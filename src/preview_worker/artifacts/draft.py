"""What is to be published: a rendered preview with the facts of its job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from preview_worker.contract import Notice, RenderedPreview


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewDraft:
    """A preview that lies in a staging folder, and what its documents shall say of it."""

    job_id: str
    project_id: str
    request_id: str
    attempt: int
    """The queue's counter of how often the job was started, 1 at first."""
    trace_id: str | None = None
    """The trace that the attempt belongs to; None for a preview that no queue asked for."""
    input_digest: str
    """Names the input and the renderer: the same digest means that the preview can be reused."""
    renderer: str
    """Version of the renderer."""
    rendered: RenderedPreview
    steps: int
    """How many steps the payload had."""
    assets: int
    """How many assets the payload had."""
    notices: tuple[Notice, ...] = ()
    unknown_fields: Mapping[str, object] = field(default_factory=dict)
    """Fields of the payload that nobody here knows, kept for those who do."""
