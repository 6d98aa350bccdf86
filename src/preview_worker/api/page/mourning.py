"""The page about dead letters: by what they died of, filtered, and run again with care."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from preview_worker.api.dead import list_letters
from preview_worker.api.documents import DeadGroup, DeadLine
from preview_worker.api.page.sketches import Sketch, clock_text, instant_text
from preview_worker.api.page.templating import page
from preview_worker.api.services import Reader, Served
from preview_worker.queue import LetterFilter

router = APIRouter(include_in_schema=False)

_LETTERS = 1000
_SHOWN = 50
_HOUR_S = 3600


class _Wanted:
    """Which letters the page shows, as its address says; what is empty does not matter."""

    def __init__(
        self,
        code: Annotated[str, Query(max_length=64)] = "",
        within: Annotated[str, Query(pattern=r"^[0-9]{0,5}$")] = "",
        project: Annotated[str, Query(max_length=255)] = "",
    ) -> None:
        self.code = code.strip()
        self.within = within
        """Hours since they died."""
        self.project = project.strip()
        self.since_s = time.time() - int(within) * _HOUR_S if within else None

    def filter(self) -> LetterFilter:
        """Return the same for the queue."""
        since_ms = None if self.since_s is None else int(self.since_s * 1000)
        return LetterFilter(self.code or "*", since_ms)

    def sketch(self) -> Sketch:
        """Return what the page says of it; ``since`` is what its buttons hand on."""
        since = (
            "" if self.since_s is None else datetime.fromtimestamp(self.since_s, UTC).isoformat()
        )
        return {
            "code": self.code,
            "within": self.within,
            "project": self.project,
            "since": since,
            "any": bool(self.code or self.within or self.project),
        }


Wanted = Annotated[_Wanted, Depends(_Wanted)]


@router.get("/dead")
async def show_dead(
    request: Request, services: Served, principal: Reader, wanted: Wanted
) -> Response:
    """Show dead letters by what they died of."""
    found = await list_letters(services, principal, wanted.filter(), _LETTERS, wanted.project)
    groups = [
        _sketch(group, [letter for letter in found.letters if letter.code == group.code])
        for group in found.groups
    ]
    return page(
        request,
        services,
        principal,
        "dead.html",
        groups=groups,
        total=found.total,
        wanted=wanted.sketch(),
    )


def _sketch(group: DeadGroup, letters: list[DeadLine]) -> Sketch:
    shown = letters[:_SHOWN]
    return {
        "code": group.code,
        "count": group.count,
        "sample": group.sample,
        "first": instant_text(group.first_died_at),
        "first_clock": clock_text(group.first_died_at),
        "last": instant_text(group.last_died_at),
        "last_clock": clock_text(group.last_died_at),
        "letters": shown,
        "more": group.count - len(shown),
    }
