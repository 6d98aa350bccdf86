"""The published schema: generated from the model, and accepting all that the upstream one does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preview_worker.contract import payload_schema, read_job
from tests.fakes.payloads import a_payload, a_request, encoded

ROOT = Path(__file__).parents[3]
PUBLISHED = ROOT / "schemas" / "preview-job.schema.json"
UPSTREAM = jsonschema.Draft7Validator(
    {
        "type": "object",
        "required": ["jobId", "projectId", "requestId", "previewRequest", "dryRun"],
        "additionalProperties": False,
        "properties": {
            **{name: {"type": "string", "minLength": 1} for name in ("jobId", "projectId")},
            "requestId": {"type": "string", "minLength": 1},
            "dryRun": {"type": "boolean"},
            "priority": {"enum": ["low", "normal", "high"]},
            "attempts": {"type": "integer", "minimum": 0},
            "createdAt": {"type": "string"},
            "updatedAt": {"type": "string"},
            "previewRequest": {
                "type": "object",
                "required": ["steps", "assets", "audio"],
                "properties": {
                    "title": {"type": "string"},
                    "description": {"type": "string"},
                    "steps": {"type": "array", "items": {"type": "object"}},
                    "assets": {"type": "array", "items": {"type": "object"}},
                    "audio": {"type": "object"},
                    "options": {"type": "object"},
                    "metadata": {"type": "object"},
                },
            },
        },
    }
)
"""The rules that upstream publishes for producers, written down again."""

plain = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5)
objects = st.dictionaries(st.text(max_size=5), plain | st.lists(plain, max_size=2), max_size=3)
words = st.text(min_size=1, max_size=8)
requests = st.fixed_dictionaries(
    {"steps": st.lists(objects, max_size=3), "assets": st.lists(objects), "audio": objects},
    optional={
        "title": st.text(max_size=8),
        "description": st.text(max_size=8),
        "options": objects,
        "metadata": objects,
        "flavour": plain,
        **dict.fromkeys(("storyboard", "renderConfig", "script", "chapter", "game"), plain),
        "chapters": plain | st.lists(plain, max_size=2),
        "chapterId": plain,
    },
)
payloads = st.fixed_dictionaries(
    {
        "jobId": words,
        "projectId": words,
        "requestId": words,
        "dryRun": st.booleans(),
        "previewRequest": requests,
    },
    optional={
        "priority": st.sampled_from(["low", "normal", "high"]),
        "attempts": st.integers(min_value=0),
        "createdAt": st.text(),
        "updatedAt": st.text(),
    },
)


def test_the_published_schema_is_the_models() -> None:
    """``preview-worker schema`` and the file in the repository say the same."""
    assert payload_schema() == json.loads(PUBLISHED.read_text())


def test_the_published_schema_is_valid() -> None:
    """Other tools can use it."""
    jsonschema.Draft202012Validator.check_schema(payload_schema())


@given(payloads)
@settings(max_examples=300)
def test_everything_that_upstream_accepts_we_accept(payload: dict[str, Any]) -> None:
    """Both our schema and our reader take what the upstream schema takes."""
    UPSTREAM.validate(payload)
    jsonschema.Draft202012Validator(payload_schema()).validate(payload)
    assert read_job(encoded(payload)).job.job_id == payload["jobId"].replace("\ud800", "\ufffd")


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(a_payload(jobId=""), id="empty id"),
        pytest.param(a_payload(dryRun="yes"), id="dryRun of another type"),
        pytest.param(a_payload(previewRequest=[]), id="request of another type"),
        pytest.param(a_payload(previewRequest=a_request(steps=[5])), id="step of another type"),
        pytest.param(a_payload(previewRequest=a_request(audio=[])), id="audio as a list"),
    ],
)
def test_what_our_reader_refuses_our_schema_refuses(payload: dict[str, Any]) -> None:
    """A producer that checks with the schema learns early what the worker would say."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(payload_schema()).validate(payload)
