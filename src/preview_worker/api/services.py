"""What the HTTP interface works with: everything that answers its requests, in one place."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal, Protocol

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, APIKeyHeader, HTTPBearer

from preview_worker.api.crier import Crier
from preview_worker.api.gate import KEY_HEADER, Gate
from preview_worker.api.index_keeper import IndexKeeper
from preview_worker.api.keys import Principal, Role
from preview_worker.api.reading import ReadingRoom
from preview_worker.api.sessions import COOKIE
from preview_worker.artifacts import PreviewViewer
from preview_worker.contract import BatchPlan, SceneFacts
from preview_worker.events import Observer
from preview_worker.observability import acting_for
from preview_worker.queue import (
    AddedJob,
    ChildCounts,
    DeadLetters,
    EventFeed,
    JobCatalogue,
    QueueControls,
)


@dataclass(frozen=True, slots=True)
class Claim:
    """An idempotency key, and the digest of the payload that it is for."""

    key: str
    digest: str


class KeyUsedError(Exception):
    """An idempotency key was used for another payload."""


class Submitter(Protocol):
    """Checks payloads as the worker will, and adds them to the queue."""

    async def submit(
        self,
        payload: Mapping[str, object],
        claim: Claim | None = None,
        batch: BatchPlan | None = None,
    ) -> AddedJob:
        """Add a job with the options of the Node client, and with the parts of its ``batch``.

        Raises ``PreviewError`` for a payload that the worker would refuse, and does not use up the
        key then; ``KeyUsedError`` for a key that is another payload's, ``JobRefusedError`` for an
        id that BullMQ does not take, and ``QueueFullError`` when too many jobs wait.
        """

    async def parts(self, job_id: str) -> ChildCounts | None:
        """Count the parts of a batch; None of a job that is none."""


@dataclass(frozen=True, slots=True)
class Still:
    """One picture of a preview as a file, and how long the whole preview is."""

    content: bytes
    media_type: str
    seconds: float
    fps: Fraction
    scenes: tuple[SceneFacts, ...]


class Stills(Protocol):
    """Somebody who paints single pictures of previews that need not exist."""

    async def paint(
        self, payload: bytes, at_s: Fraction, form: Literal["png", "jpeg", "webp"]
    ) -> Still:
        """Paint what the preview of ``payload`` shows ``at_s`` seconds after it began.

        Raises ``PreviewError`` as a render does, and (OPTION) for a time that it does not have.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that answers requests."""

    queue_name: str
    gate: Gate
    submitter: Submitter
    controls: QueueControls
    letters: DeadLetters
    catalogue: JobCatalogue
    feed: EventFeed
    keeper: IndexKeeper
    crier: Crier
    observer: Observer
    previews: PreviewViewer
    stills: Stills
    most_parts: int
    """So many parts a batch may have."""
    max_body_bytes: int
    max_listeners: int
    """Streams of events that may be open at a time; each holds a connection."""
    cors_origins: tuple[str, ...] = ()
    """Other sites whose scripts may use the interface."""
    reading: ReadingRoom = field(default_factory=ReadingRoom)
    audit_folder: Path | None = None
    """Where the audit log is; None where none is kept."""


def services_of(request: Request) -> Services:
    """Return the services of the application that a request came to."""
    services = request.app.state.services
    assert isinstance(services, Services)  # noqa: S101 -- create_app put them there
    return services


async def _served(request: Request) -> Services:
    return services_of(request)  # FastAPI would call what is not async in a thread


Served = Annotated[Services, Depends(_served)]


_KEY = APIKeyHeader(name=KEY_HEADER, scheme_name="key", auto_error=False)
_BEARER = HTTPBearer(scheme_name="bearer", auto_error=False)
_SESSION = APIKeyCookie(name=COOKIE, scheme_name="session", auto_error=False)


async def _credentials(
    key: Annotated[object, Security(_KEY)],
    bearer: Annotated[object, Security(_BEARER)],
    session: Annotated[object, Security(_SESSION)],
) -> None:
    """Have the OpenAPI document tell how to show who one is; the gate looks for itself."""


Credentials = Annotated[None, Depends(_credentials)]


async def _reader(request: Request, services: Served, _: Credentials) -> Principal:
    return services.gate.admit(request, Role.READ)


async def _submitter(
    request: Request, services: Served, _: Credentials
) -> AsyncIterator[Principal]:
    principal = services.gate.admit(request, Role.SUBMIT)
    with acting_for(principal.name):
        yield principal


async def _operator(request: Request, services: Served, _: Credentials) -> AsyncIterator[Principal]:
    principal = services.gate.admit(request, Role.OPERATE)
    with acting_for(principal.name):
        yield principal


Reader = Annotated[Principal, Security(_reader, scopes=["read"])]
"""Somebody who may look."""
Contributor = Annotated[Principal, Security(_submitter, scopes=["submit"])]
"""Somebody who may add jobs."""
Operator = Annotated[Principal, Security(_operator, scopes=["operate"])]
"""Somebody who may steer."""
