"""What people search for: words, and ``project:``, ``request:``, ``code:`` and ``is:``."""

from __future__ import annotations

import re
from typing import Any

from preview_worker.api.index import JobQuery
from preview_worker.api.keys import Principal
from preview_worker.api.looking import STATES

_NARROWING = re.compile(r'(?<!\S)(project|request|code|is):("[^"]*"|\S+)')
_FIELDS = {"project": "project_id", "request": "request_id", "code": "code"}


def read_search(text: str, status: str, principal: Principal) -> JobQuery:
    """Return which jobs ``text`` means, of those in ``status`` (empty: all) that one may see.

    What is no known narrowing is looked for as it is written, ``is:nonsense`` as well.
    """
    wanted: dict[str, Any] = {}

    def take(match: re.Match[str]) -> str:
        name, value = match[1], match[2].strip('"')
        if name in _FIELDS:
            wanted[_FIELDS[name]] = value
        elif value in STATES:
            wanted["states"] = STATES[value]
        else:
            return match[0]
        return " "

    words = " ".join(_NARROWING.sub(take, text).split())
    if status in STATES:
        wanted["states"] = STATES[status]
    return JobQuery(text=words, projects=principal.projects, **wanted)
