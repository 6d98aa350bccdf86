"""Puts pages together from their templates."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from preview_worker.api.audit import may_read
from preview_worker.api.keys import Principal, Role
from preview_worker.api.sessions import COOKIE

if TYPE_CHECKING:
    from starlette.requests import Request

    from preview_worker.api.services import Services

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
_NO_STORE = {"cache-control": "no-store"}


@functools.cache
def _environment() -> Environment:
    """Return the templates; every value is escaped, and a name that is missing is an error."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["static"] = _static_address
    return environment


def page(
    request: Request,
    services: Services,
    principal: Principal | None,
    template: str,
    status: int = 200,
    **values: object,
) -> HTMLResponse:
    """Return a page for ``principal``; None for somebody who is not logged in."""
    session = services.gate.sessions.find(request.cookies.get(COOKIE, ""))
    role = principal.role if principal is not None else Role.READ
    text = (
        _environment()
        .get_template(template)
        .render(
            here=request.url.path,
            queue_name=services.queue_name,
            token=session.token if session else "",
            person=session.name if session else "",
            may_submit=role >= Role.SUBMIT,
            may_operate=role >= Role.OPERATE,
            may_audit=principal is not None and may_read(principal),
            **values,
        )
    )
    return HTMLResponse(text, status, _NO_STORE)


def part(name: str, *values: object) -> str:
    """Return one part of a page, as ``parts.html`` makes it."""
    module = _environment().get_template("parts.html").module
    return str(getattr(module, name)(*values)).strip()


@functools.cache
def _static_address(name: str) -> str:
    """Return where a static file is; the address changes with its content."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"
