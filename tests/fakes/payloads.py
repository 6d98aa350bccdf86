"""Payloads for tests: small, fictional, and complete unless a test says otherwise."""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]


def a_payload(**changes: object) -> Json:
    """Return a complete job payload; ``changes`` replace top-level fields."""
    payload: Json = {
        "jobId": "job-1",
        "projectId": "lighthouse",
        "requestId": "req-1",
        "dryRun": False,
        "previewRequest": {
            "title": "Lighthouse Keepers",
            "steps": [{"id": "s1", "text": "Place the lamp on the tower."}],
            "assets": [],
            "audio": {},
        },
    }
    return {**payload, **changes}


def a_request(**changes: object) -> Json:
    """Return a complete preview request; ``changes`` replace its fields."""
    return {**a_payload()["previewRequest"], **changes}


def encoded(payload: object) -> bytes:
    """Return a payload as a producer puts it on the wire."""
    return json.dumps(payload).encode()
