"""Server-sent events as a client hears them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

_PATIENCE_S = 60


@dataclass(frozen=True)
class Told:
    """A server-sent event."""

    id: str
    name: str
    data: Any


@asynccontextmanager
async def listening(
    client: httpx.AsyncClient, path: str = "/api/v1/events", **asking: Any
) -> AsyncIterator[AsyncIterator[Told]]:
    """Yield the events of a stream, once it listens: it says so first."""
    async with (
        asyncio.timeout(_PATIENCE_S),
        client.stream("GET", path, timeout=_PATIENCE_S, **asking) as response,
    ):
        assert response.status_code == 200
        lines = response.aiter_lines()
        assert await anext(lines) == "retry: 1000"
        yield _told(lines)


async def _told(lines: AsyncIterator[str]) -> AsyncIterator[Told]:
    fields: dict[str, str] = {}
    async for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        else:
            if "data" in fields:
                yield Told(fields["id"], fields["event"], json.loads(fields["data"]))
            fields = {}


async def until(events: AsyncIterator[Told], name: str, **facts: object) -> Told:
    """Return the first event of that name with these facts."""
    async for event in events:
        if event.name == name and facts.items() <= event.data.items():
            return event
    pytest.fail(f"the stream ended without {name} {facts}")
