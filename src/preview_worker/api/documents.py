"""What the HTTP interface answers: each document's fields, their units and their meaning."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from preview_worker.api.instants import instant
from preview_worker.api.summaries import JobSummary
from preview_worker.artifacts import StoredFile
from preview_worker.queue import JobState

Outcome = Literal["queued", "running", "success", "failed", "unknown"]


class Document(BaseModel):
    """A JSON object of ours: names in camelCase, as in the payloads."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, serialize_by_alias=True
    )


class FaultDocument(Document):
    """One thing that is wrong in a request."""

    pointer: Annotated[str, Field(description="Where it is, as a JSON Pointer (RFC 6901)")]
    detail: Annotated[str, Field(description="What is wrong with it")]


class ProblemDocument(Document):
    """An error, as RFC 9457 lays it out."""

    type: Annotated[str, Field(description="The page of this server that explains the error")]
    title: Annotated[str, Field(description="The same for every error of the code")]
    status: int
    detail: Annotated[str, Field(description="What was wrong this time, and what to do")]
    code: Annotated[str, Field(description="The last part of the type, for programs")]
    request_id: Annotated[str, Field(description="Also in the header x-request-id and in the log")]
    instance: Annotated[str, Field(description="The path that was asked for")] = ""
    trace_id: Annotated[
        str | None, Field(description="Of the trace that the request is part of")
    ] = None
    errors: Annotated[list[FaultDocument], Field(description="Which values are wrong")] = Field(
        default_factory=list
    )


class JobLinks(Document):
    """Where everything else about a job is found."""

    self: Annotated[str, Field(description="This job")]
    events: Annotated[str, Field(description="What happens to it, as server-sent events")]
    artifacts: Annotated[str, Field(description="The files of its preview")]
    page: Annotated[str, Field(description="The page for people")]


class JobLine(Document):
    """A job as a list tells it."""

    id: str
    state: Annotated[JobState, Field(description="BullMQ's word for where the job is")]
    status: Annotated[Outcome, Field(description="The same in the words of its submitters")]
    project_id: str
    request_id: str
    title: str
    dry_run: bool
    progress: Annotated[int, Field(ge=0, le=100, description="Percent of the render")]
    attempts_made: int
    max_attempts: int
    priority: int
    added_at: datetime | None
    processed_at: Annotated[datetime | None, Field(description="When its last attempt began")]
    finished_at: datetime | None
    code: Annotated[str | None, Field(description="Why it failed, from the list of errors")]
    reason: Annotated[str | None, Field(description="Why it failed, for people")]
    links: JobLinks

    @classmethod
    def of(cls, job: JobSummary) -> JobLine:
        """Tell ``job``."""
        return cls(
            id=job.id,
            state=job.state,
            status=job.outcome,
            project_id=job.project_id,
            request_id=job.request_id,
            title=job.title,
            dry_run=job.dry_run,
            progress=job.percent,
            attempts_made=job.attempts_made,
            max_attempts=job.max_attempts,
            priority=job.priority,
            added_at=instant(job.added_at_ms or None),
            processed_at=instant(job.processed_on_ms),
            finished_at=instant(job.finished_on_ms),
            code=job.code,
            reason=job.reason,
            links=links_of(job.id),
        )


class JobDetail(JobLine):
    """A job with all that is known of it."""

    payload: Annotated[Any, Field(description="The producer's data; null where it is no JSON")]
    result: Annotated[Any, Field(description="What the worker returned")]
    worker: str | None
    history: Annotated[list[str], Field(description="What failed attempts ended with")]
    logs: list[str]


class JobList(Document):
    """A page of jobs, the newest first."""

    jobs: list[JobLine]
    total: Annotated[int, Field(description="How many there are on all pages")]
    next: Annotated[str | None, Field(description="The cursor of the next page")]


class Accepted(Document):
    """A job that is in the queue, now or since before."""

    job_id: str
    status: Literal["queued"] = "queued"
    duplicate: Annotated[bool, Field(description="It was there already, with the same payload")]
    links: JobLinks


class BatchEntry(Document):
    """What became of one job of a batch."""

    status: Annotated[int, Field(description="The HTTP status that it would have had alone")]
    job_id: str | None = None
    links: JobLinks | None = None
    code: str | None = None
    detail: str | None = None
    errors: list[dict[str, str]] = Field(default_factory=list)


class BatchAnswer(Document):
    """What became of each job of a batch, in order."""

    results: list[BatchEntry]


class Steered(Document):
    """What became of a wish to steer a job."""

    job_id: str
    result: Literal["cancelled", "requested", "retried", "promoted"]


class ArtifactLine(Document):
    """A file of a preview."""

    name: str
    kind: str
    media_type: str
    size_bytes: int
    sha256: str
    language: str | None
    url: Annotated[str, Field(description="Leads to these very bytes, or to nothing")]

    @classmethod
    def of(cls, job_id: str, file: StoredFile) -> ArtifactLine:
        """Tell ``file`` of the preview of a job."""
        return cls(
            name=file.name,
            kind=file.kind,
            media_type=file.media_type,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            language=file.language,
            url=f"{artifact_path(job_id, file.name)}?v={file.sha256}",
        )


class ArtifactList(Document):
    """The files of a preview."""

    job_id: str
    project_id: str
    artifacts: list[ArtifactLine]


class QueueDocument(Document):
    """The queue at a glance."""

    name: str
    paused: bool
    waiting: int
    prioritized: int
    active: int
    delayed: int
    waiting_children: int
    completed: int
    failed: int
    total: int


class DeadLine(Document):
    """A job that will not be tried again, and how it died."""

    id: str
    code: str
    reason: str
    project_id: str
    died_at: datetime | None
    added_at: datetime | None
    attempts_made: int
    deaths: Annotated[int, Field(description="How often it died since it was last replayed")]
    history: list[str]
    worker: str
    worker_version: str


class DeadGroup(Document):
    """Dead letters with one cause."""

    code: str
    count: int
    first_died_at: datetime | None
    last_died_at: datetime | None
    sample: Annotated[str, Field(description="What the latest of them says")]


class DeadList(Document):
    """Dead letters, the latest first, and how they are spread over causes."""

    letters: list[DeadLine]
    groups: list[DeadGroup]
    total: int


class DeadRequest(Document):
    """Which dead letters are meant."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[str], Field(max_length=1000)] = Field(default_factory=list)
    code: Annotated[str, Field(max_length=64, description="A code, or a pattern: invalid.*")] = ""
    project_id: Annotated[str, Field(max_length=255, description="Empty: any")] = ""
    since: datetime | None = None
    until: datetime | None = None
    limit: Annotated[int, Field(ge=0, description="The most that are touched; 0: all")] = 0
    dry_run: bool = False


class DeadResult(Document):
    """What became of one dead letter."""

    id: str
    code: str
    result: str


class DeadResults(Document):
    """What became of the dead letters that were meant."""

    results: list[DeadResult]
    dry_run: bool


def links_of(job_id: str) -> JobLinks:
    """Return where everything about a job is found."""
    path = f"/api/v1/jobs/{quoted(job_id)}"
    return JobLinks(
        self=path,
        events=f"{path}/events",
        artifacts=f"{path}/artifacts",
        page=f"/jobs/{quoted(job_id)}",
    )


def artifact_path(job_id: str, name: str) -> str:
    """Return where a file of a job's preview is found."""
    return f"/api/v1/jobs/{quoted(job_id)}/artifacts/{quote(name)}"


def quoted(job_id: str) -> str:
    """Return an id as one segment of a path."""
    return quote(job_id, safe="")
