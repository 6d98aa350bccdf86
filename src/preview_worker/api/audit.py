"""The route that tells who did what.

The log is that of this server's DATA_DIR, with the deeds of all processes that share it. It is for
those who look after everything: a key that is for some projects only is refused, since most deeds
name no project.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from preview_worker.api.description import answers
from preview_worker.api.documents import Document
from preview_worker.api.instants import milliseconds
from preview_worker.api.keys import Principal, Role
from preview_worker.api.problems import FORBIDDEN, NOT_FOUND, Problem
from preview_worker.api.services import Operator, Served, Services
from preview_worker.observability import AuditPage, Record, Selection, look_back

router = APIRouter(tags=["audit"], responses=answers(NOT_FOUND))

_FIRST, _NEVER = 1, 2**53
"""The bounds of a record's number."""


class AuditActor(Document):
    """Who did it."""

    kind: Annotated[str, Field(description="worker, command or api")]
    user: Annotated[str, Field(description="The account by which the system knows the process")]
    host: str
    pid: int
    key: Annotated[str | None, Field(description="The name of the key, over HTTP")] = None


class AuditSubject(Document):
    """To what it was done."""

    queue: str | None = None
    job: str | None = None
    project: str | None = None


class AuditLine(Document):
    """A record of the audit log."""

    seq: Annotated[int, Field(description="Its number; the order is that of numbers")]
    time: datetime
    action: str
    outcome: str
    actor: AuditActor
    subject: AuditSubject
    detail: dict[str, Any]
    hash: Annotated[str, Field(description="As the log has it")]

    @classmethod
    def of(cls, record: Record) -> AuditLine:
        """Tell ``record``."""
        told = record.document
        return cls(
            seq=record.seq,
            time=told["time"],
            action=record.action,
            outcome=told["outcome"],
            actor=AuditActor(**told["actor"]),
            subject=AuditSubject(**told["subject"]),
            detail=dict(record.detail),
            hash=record.hash,
        )


class AuditList(Document):
    """A page of records, the newest first; it may be short before the last page."""

    records: list[AuditLine]
    next: Annotated[int | None, Field(description="The cursor of the next page")]


class DeedFilter(BaseModel):
    """Which records a list is to show; what is not given does not matter."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    action: str = Field("*", max_length=64, description="Such as job.cancel, or queue.*")
    job_id: str | None = Field(None, alias="jobId", max_length=255)
    user: str | None = Field(None, max_length=255, description="An account, or the name of a key")
    since: datetime | None = Field(None, description="Done then or later")
    until: datetime | None = Field(None, description="Done before then")
    cursor: int | None = Field(
        None, ge=_FIRST, lt=_NEVER, description="From the page before: 'next'"
    )
    limit: int = Field(100, ge=1, le=1000)

    @property
    def selection(self) -> Selection:
        """The records that are meant."""
        return Selection(
            action=self.action,
            job_id=self.job_id,
            user=self.user,
            since_ms=milliseconds(self.since),
            until_ms=milliseconds(self.until),
        )


@router.get("/audit")
def list_deeds(
    wanted: Annotated[DeedFilter, Query()], services: Served, principal: Operator
) -> AuditList:
    """List who did what, the newest first. Records are not verified here."""
    page = deeds(services, principal, wanted.selection, wanted.limit, wanted.cursor)
    return AuditList(records=[AuditLine.of(record) for record in page.records], next=page.before)


def deeds(
    services: Services, principal: Principal, wanted: Selection, limit: int, cursor: int | None
) -> AuditPage:
    """Return a page of the log; raise ``Problem`` for one who may not read it."""
    if not may_read(principal):
        detail = f"The key {principal.name} is for some projects; the audit log is about all."
        raise Problem(FORBIDDEN, detail)
    if services.audit_folder is None:
        raise Problem(NOT_FOUND, "No audit log is kept here (PREVIEW_AUDIT).")
    return look_back(services.audit_folder, wanted, limit, cursor)


def may_read(principal: Principal) -> bool:
    """Tell whether the log is any of somebody's business."""
    return principal.role >= Role.OPERATE and not principal.projects
