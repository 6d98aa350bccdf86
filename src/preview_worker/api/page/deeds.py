"""The page that shows who did what."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from preview_worker.api.audit import deeds
from preview_worker.api.page.sketches import Sketch
from preview_worker.api.page.templating import page
from preview_worker.api.services import Operator, Served
from preview_worker.observability import Record, Selection

router = APIRouter(include_in_schema=False)

_PAGE = 100
_KINDS = (
    ("", "Everything"),
    ("access.*", "Logins"),
    ("job.submit", "Submissions"),
    ("job.cancel", "Cancellations"),
    ("queue.*", "What was done to the queue"),
    ("letter.*", "Dead letters"),
    ("job.settle", "How jobs ended"),
    ("preview.*", "Previews"),
    ("worker.*", "Workers"),
    ("audit.*", "The log itself"),
)
_LOGIN, _NOBODY = "access.login", "unknown key"
_BAD = {"failed", "refused", "throttled", "lost", "unknown"}


class _Choice(BaseModel):
    """Which records the page shows, as its address says."""

    action: str = Field("", max_length=64)
    job: str = Field("", max_length=255)
    user: str = Field("", max_length=255)
    cursor: int | None = Field(None, ge=1, lt=2**53)

    @property
    def selection(self) -> Selection:
        return Selection(action=self.action or "*", job_id=self.job or None, user=self.user or None)

    def older(self, before: int | None) -> str:
        """Return the query of the next page; empty when there is none."""
        if before is None:
            return ""
        told = {**self.model_dump(exclude={"cursor"}), "cursor": before}
        return urlencode({name: value for name, value in told.items() if value})


@router.get("/audit")
def show_deeds(
    request: Request,
    services: Served,
    principal: Operator,
    choice: Annotated[_Choice, Query()],
) -> Response:
    """Show the audit log, the newest record first."""
    found = deeds(services, principal, choice.selection, _PAGE, choice.cursor)
    return page(
        request,
        services,
        principal,
        "audit.html",
        deeds=[_sketch(record) for record in found.records],
        kinds=_KINDS,
        chosen=choice,
        filtered=choice != _Choice(),
        older=choice.older(found.before),
    )


def _sketch(record: Record) -> Sketch:
    """Return what a row shows of a record."""
    told = record.document
    actor, subject = told["actor"], told["subject"]
    detail = (f"{name} {_text(value)}" for name, value in record.detail.items())
    time = str(told["time"])
    return {
        "seq": record.seq,
        "time": time,
        "clock": time.partition(".")[0].replace("T", " ") + " UTC",
        "who": actor.get("key") or (_NOBODY if record.action == _LOGIN else actor["user"]),
        "where": f"{actor['kind']} on {actor['host']}",
        "action": record.action,
        "outcome": told["outcome"],
        "class": "failed" if told["outcome"] in _BAD else "",
        "job": subject.get("job", ""),
        "project": subject.get("project", ""),
        "detail": ", ".join(detail)[:300],
    }


def _text(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    if isinstance(value, dict):
        return " ".join(f"{name}={one}" for name, one in value.items())
    return str(value)
