"""Every door of the HTTP interface, as the application tells them, so that none is missed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi.routing import iter_route_contexts

from preview_worker.api import create_app
from preview_worker.api.probes import probe_routes
from tests.unit.api.visits import Sources

if TYPE_CHECKING:
    import httpx
    from fastapi import FastAPI

    from preview_worker.api.services import Services

OPEN = {
    "GET /api/preview/worker/health",
    "GET /health",
    "GET /healthz",
    "GET /livez",
    "GET /login",
    "GET /metrics",
    "GET /openapi.json",
    "GET /problems/{code}",
    "GET /readyz",
    "GET /startupz",
    "GET /static/{name}",
    "POST /login",
    "POST /logout",
}
"""What is there for people without a key: none of it tells anything of a job."""

_PARAMETER = re.compile(r"\{([a-z_]+)(?::[a-z]+)?\}")


@dataclass(frozen=True, order=True)
class Door:
    """A method, and the pattern of a path."""

    path: str
    method: str

    def __str__(self) -> str:
        """Name it as OpenAPI spells it."""
        return f"{self.method} " + _PARAMETER.sub(r"{\1}", self.path)

    def address(self, values: Mapping[str, str]) -> str:
        """Return a path that leads through it; a parameter without a value is called ``x``."""
        return _PARAMETER.sub(lambda found: values.get(found[1], "x"), self.path)


@dataclass(frozen=True)
class Heard:
    """What was said at a door."""

    status: int
    headers: Mapping[str, str]
    text: str
    """All of it, or nothing of a stream of events, which has no end."""


class House:
    """An application as it is behind the port, probes included, and its doors."""

    app: FastAPI

    def build(self, services: Services) -> FastAPI:
        """Build it; there is nothing to see before."""
        sources = Sources()
        self.app = create_app(services, probe_routes(sources, sources))
        return self.app

    def doors(self) -> list[Door]:
        """Return every door; a HEAD that only mirrors a GET is none of its own."""
        return sorted(set(self._doors()))

    def closed_doors(self) -> list[Door]:
        """Return the doors that take a key."""
        return [door for door in self.doors() if str(door) not in OPEN]

    def _doors(self) -> Iterator[Door]:
        for context in iter_route_contexts(self.app.routes):
            for method in (context.methods or set()) - {"HEAD"}:
                assert context.path is not None
                yield Door(context.path, method)


async def knock(
    client: httpx.AsyncClient, door: Door, values: Mapping[str, str], **asking: Any
) -> Heard:
    """Ask at a door, and listen until all is said."""
    async with client.stream(door.method, door.address(values), **asking) as answer:
        endless = answer.headers.get("content-type", "").startswith("text/event-stream")
        text = "" if endless else (await answer.aread()).decode(errors="replace")
        return Heard(answer.status_code, answer.headers, text)
