"""The payload's JSON Schema, generated from the model that reads it."""

from __future__ import annotations

from typing import Any

from preview_worker.contract.payload import PreviewJob

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def payload_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a job payload, names as on the wire."""
    schema = PreviewJob.model_json_schema(by_alias=True)
    return {"$schema": SCHEMA_DIALECT, **schema}
