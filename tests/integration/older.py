"""What the tests of older routes share: a server, what those routes are sent, and a look behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from preview_worker.queue import QueueSettings
from tests.api_server import Counter, counter, publish

__all__ = ["CHAPTER", "CHAPTERS_REQUEST", "CHAPTER_REQUEST", "desk", "payload_of", "publish"]

CHAPTER = {"title": "Setting up", "steps": [{"id": "s1", "text": "Place the lamp."}]}
CHAPTER_REQUEST = {"projectId": "lighthouse", "chapterId": "setup", "chapter": CHAPTER}
CHAPTERS_REQUEST = {
    "chapterId": "setup",
    "chapters": [{"id": "intro", "title": "Hello", "steps": []}, {"id": "setup", **CHAPTER}],
}


@pytest.fixture
async def desk(queue_settings: QueueSettings, tmp_path: Path) -> AsyncIterator[Counter]:
    """A server without keys."""
    async with counter(queue_settings, tmp_path) as opened:
        yield opened


async def payload_of(desk: Counter, job_id: str) -> dict[str, Any]:
    """Return what a job carries."""
    told = await desk.client.get(f"/api/v1/jobs/{job_id}")
    payload: dict[str, Any] = told.json()["payload"]
    return payload
