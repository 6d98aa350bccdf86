"""Routes that look after jobs which will not be tried again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from preview_worker.api.bodies import read_object
from preview_worker.api.description import answers, body_of
from preview_worker.api.documents import (
    DeadGroup,
    DeadLine,
    DeadList,
    DeadRequest,
    DeadResult,
    DeadResults,
)
from preview_worker.api.instants import instant, milliseconds
from preview_worker.api.keys import Principal
from preview_worker.api.looking import JobId
from preview_worker.api.problems import INVALID, NOT_FOUND, QUEUE_AWAY, WRONG_TYPE, Problem
from preview_worker.api.refusals import DECODING_KINDS
from preview_worker.api.services import Operator, Reader, Served, Services
from preview_worker.api.summaries import project_of
from preview_worker.queue import DeadLetter, Fate, LetterChoice, LetterClerk, LetterFilter

router = APIRouter(prefix="/dead", tags=["dead letters"], responses=answers(QUEUE_AWAY))


@router.get("")
async def list_dead(
    services: Served,
    principal: Reader,
    code: Annotated[str, Query(max_length=64, description="A code, or a pattern: invalid.*")] = "*",
    since: Annotated[datetime | None, Query(description="Died at this instant or later")] = None,
    until: Annotated[datetime | None, Query(description="Died before this instant")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> DeadList:
    """List jobs that will not be tried again, the latest first, and group them by cause."""
    wanted = LetterFilter(code, milliseconds(since), milliseconds(until))
    return await list_letters(services, principal, wanted, limit)


async def list_letters(
    services: Services,
    principal: Principal,
    wanted: LetterFilter,
    limit: int,
    project_id: str = "",
) -> DeadList:
    """Return the letters that are meant, the latest first, and how they are spread over causes."""
    choice = LetterChoice(wanted, allowed=_seen_by(principal, project_id))
    letters = [letter async for letter in choice.of(services.letters)]
    letters.reverse()
    return DeadList(
        letters=[_line(letter) for letter in letters[:limit]],
        groups=_groups(letters),
        total=len(letters),
    )


@router.get("/{job_id}", responses=answers(NOT_FOUND))
async def show_dead(job_id: JobId, services: Served, principal: Reader) -> DeadLine:
    """Tell of one dead letter."""
    letter = await services.letters.find(job_id)
    if letter is None or not principal.sees(project_of(letter.payload)):
        raise Problem(NOT_FOUND, f"There is no dead letter of job {job_id}.")
    return _line(letter)


_CHOICE: dict[str, Any] = {
    "responses": answers(WRONG_TYPE, *DECODING_KINDS),
    "openapi_extra": body_of(DeadRequest.model_json_schema()),
}


async def _read_choice(request: Request, services: Served, _: Operator) -> DeadRequest:
    """Read which letters are meant, once it is known that the sender may ask."""
    value = await read_object(request, services.max_body_bytes)
    try:
        return DeadRequest.model_validate(value)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None


Choice = Annotated[DeadRequest, Depends(_read_choice)]


@router.post("/replay", **_CHOICE)
async def replay_dead(body: Choice, services: Served, principal: Operator) -> DeadResults:
    """Have dead jobs run again: those that are named, those that a filter means, or a few of them.

    With ``dryRun`` it only says which they would be. Replaying one twice runs it once.
    """
    clerk = LetterClerk(services.letters, services.observer, body.dry_run)
    fates = [fate async for fate in clerk.replay(_meant(principal, body))]
    return _results(body, fates, "replayed")


@router.post("/drop", **_CHOICE)
async def drop_dead(body: Choice, services: Served, principal: Operator) -> DeadResults:
    """Forget dead letters; the jobs themselves stay failed."""
    clerk = LetterClerk(services.letters, services.observer, body.dry_run)
    fates = [fate async for fate in clerk.drop(_meant(principal, body))]
    return _results(body, fates, "dropped")


def _meant(principal: Principal, body: DeadRequest) -> LetterChoice:
    """Return which letters a request means, and no more of them than it allows."""
    if not body.ids and not body.code:
        raise Problem(INVALID, "Name 'ids', or a 'code'; '*' stands for all codes.")
    wanted = LetterFilter(body.code or "*", milliseconds(body.since), milliseconds(body.until))
    return LetterChoice(wanted, tuple(body.ids), _seen_by(principal, body.project_id), body.limit)


def _seen_by(principal: Principal, project_id: str) -> Callable[[DeadLetter], bool]:
    """Return which letters somebody may see, of one project or (empty) of any."""

    def seen(letter: DeadLetter) -> bool:
        project = project_of(letter.payload)
        return principal.sees(project) and project_id in ("", project)

    return seen


def _results(body: DeadRequest, fates: Sequence[Fate], deed: str) -> DeadResults:
    """Tell what became of letters: in a dry run, that the deed would be done."""
    results = [
        DeadResult(id=letter.shown_id, code=letter.code, result=result or f"would be {deed}")
        for letter, result in fates
    ]
    return DeadResults(results=results, dry_run=body.dry_run)


def _line(letter: DeadLetter) -> DeadLine:
    return DeadLine(
        id=letter.shown_id,
        code=letter.code,
        reason=letter.reason,
        project_id=project_of(letter.payload),
        died_at=instant(letter.died_at_ms),
        added_at=instant(letter.added_at_ms),
        attempts_made=letter.attempts_made,
        deaths=letter.deaths,
        history=list(letter.history),
        worker=letter.worker,
        worker_version=letter.worker_version,
    )


def _groups(letters: list[DeadLetter]) -> list[DeadGroup]:
    """Gather letters by code, the largest group first."""
    groups: dict[str, list[DeadLetter]] = {}
    for letter in letters:
        groups.setdefault(letter.code, []).append(letter)
    gathered = [
        DeadGroup(
            code=code,
            count=len(members),
            first_died_at=instant(min(one.died_at_ms for one in members)),
            last_died_at=instant(max(one.died_at_ms for one in members)),
            sample=members[0].reason,
        )
        for code, members in groups.items()
    ]
    return sorted(gathered, key=lambda group: (-group.count, group.code))
