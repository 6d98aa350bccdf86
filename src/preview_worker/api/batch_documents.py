"""What answers say of batches, names as in all documents of this interface."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from preview_worker.api.documents import Document, JobLinks, Outcome, quoted
from preview_worker.queue import JobState


class BatchAccepted(Document):
    """A batch that was accepted; its id is that of its job."""

    batch_id: str
    duplicate: Annotated[bool, Field(description="It was there before")]
    batch: Annotated[str, Field(description="Tells how far its parts are")]
    links: JobLinks


class BatchParts(Document):
    """The parts of a batch by how they stand."""

    total: int
    open: Annotated[int, Field(description="They wait or run")]
    completed: int
    failed: int


class Batch(Document):
    """A batch and how far it is."""

    batch_id: str
    state: JobState
    status: Outcome
    progress: Annotated[int, Field(ge=0, le=100, description="Percent of parts and whole")]
    parts: BatchParts
    placeholders: Annotated[
        list[str], Field(description="Ids of scenes that could not be rendered, and say so")
    ]
    batch: Annotated[str, Field(description="This address")]
    links: JobLinks


def batch_path(job_id: str) -> str:
    """Return where it is told how far a batch is."""
    return f"/api/v1/batches/{quoted(job_id)}"
