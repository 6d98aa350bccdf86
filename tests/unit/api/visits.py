"""A probe server with sources that do as they are told, and a client to visit it."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from preview_worker.api import ProbeServer, ProbeSettings, create_probe_app
from preview_worker.observability import Check, Verdict

GOOD = Verdict((Check("queue", ok=True, detail="answers"),))
BAD = Verdict((Check("queue", ok=False, detail="refused"), Check("disk", ok=True, detail="ok")))


@dataclass
class Sources:
    """Health and metrics as a test wants them."""

    verdict: Verdict = GOOD
    document: dict[str, object] = field(default_factory=lambda: {"status": "healthy"})
    broken: bool = False

    def live(self) -> Verdict:
        """Tell what the test wants."""
        return self.verdict

    def started(self) -> Verdict:
        """Tell what the test wants."""
        return self.verdict

    async def ready(self) -> Verdict:
        """Tell what the test wants."""
        return self.verdict

    async def report(self) -> tuple[bool, dict[str, object]]:
        """Tell what the test wants."""
        return self.verdict.ok, self.document

    async def exposition(self, *, openmetrics: bool = False) -> tuple[bytes, str]:
        """Tell a figure, or break."""
        if self.broken:
            message = "no figures"
            raise RuntimeError(message)
        if openmetrics:
            return b"up 1\n# EOF\n", "application/openmetrics-text; version=1.0.0; charset=utf-8"
        return b"up 1\n", "text/plain; version=0.0.4; charset=utf-8"

    async def counters(self) -> dict[str, float]:
        """Tell one."""
        return {"preview_worker_jobs_total": 3.0}


@dataclass(frozen=True)
class Answer:
    """What a visitor got."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> object:
        """The body, read as JSON."""
        return json.loads(self.body)


@asynccontextmanager
async def serving(
    sources: Sources,
    *,
    max_connections: int = 256,
    request_head_s: float = 5.0,
    request_body_s: float = 10.0,
) -> AsyncIterator[ProbeServer]:
    """Serve on a free port of loopback."""
    chosen = ProbeSettings(
        host="127.0.0.1",
        port=0,
        max_connections=max_connections,
        request_head_s=request_head_s,
        request_body_s=request_body_s,
    )
    server = ProbeServer(create_probe_app(sources, sources), chosen)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def visit(server: ProbeServer, path: str, method: str = "GET", **headers: str) -> Answer:
    """Send one request and read the answer."""
    return await asyncio.to_thread(_visit, server.port, path, method, headers)


def _visit(port: int, path: str, method: str, headers: dict[str, str]) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        answered = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, answered, response.read())
    finally:
        connection.close()
