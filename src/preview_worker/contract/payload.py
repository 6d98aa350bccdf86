"""The job payload: what a producer may send, read as tolerantly as is safe.

The accepted shapes are those of the published draft-07 schema (``schemas/preview-job.schema.json``
holds ours, which accepts everything that one does) and of the producers that exist. Unknown fields
are kept and named in a notice; a value that would change the preview and cannot be read is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from preview_worker.contract.notices import Notice

Json = dict[str, Any]


def _as_record(item: object) -> object:
    """Read a bare string as an item's text; the upstream validator lets strings through."""
    return {"text": item} if isinstance(item, str) else item


Record = Annotated[
    Json,
    BeforeValidator(_as_record),
    WithJsonSchema({"anyOf": [{"type": "object"}, {"type": "string"}]}),
]
"""A JSON object; a bare string reads as ``{"text": string}``."""


def _empty_when_null(value: object) -> object:
    return {} if value is None else value


Section = Annotated[
    Json,
    BeforeValidator(_empty_when_null),
    WithJsonSchema({"type": ["object", "null"]}),
]
"""A JSON object; null reads as empty, as the upstream validator accepts it for ``audio``."""


def _only_objects(value: object) -> object:
    return value if isinstance(value, dict) else None


Source = Annotated[
    Json | None, BeforeValidator(_only_objects), WithJsonSchema({"title": "Source of scenes"})
]
"""A JSON object to take scenes from. The upstream schema allows anything here; what is no object
reads as absent, and a notice says so."""


def _only_lists(value: object) -> object:
    return value if isinstance(value, list) and value else None


SourceList = Annotated[
    list[Any] | None, BeforeValidator(_only_lists), WithJsonSchema({"title": "Sources of scenes"})
]
"""A list to take scenes from; an empty one, and what is no list, reads as absent."""


def _as_script(value: object) -> object:
    return {"segments": value} if isinstance(value, list) and value else _only_objects(value)


Script = Annotated[
    Json | None, BeforeValidator(_as_script), WithJsonSchema({"title": "Source of scenes"})
]
"""A script; a bare list reads as its segments."""

MAX_ID_CHARS = 16_384
"""Ids stand in every log line of a job; files are not named by them but by what is made of them."""

SOURCES = ("storyboard", "renderConfig", "script", "chapters", "chapter", "steps", "game")
"""Fields that scenes can come from; the first that is there is used."""


class _Wire(BaseModel):
    """Names on the wire are camelCase; fields nobody knows are kept in ``model_extra``."""

    model_config = ConfigDict(extra="allow", frozen=True, coerce_numbers_to_str=True)


class PreviewRequest(_Wire):
    """What to show. Exactly one source of scenes is used: see ``source``."""

    title: str | None = Field(None, description="Shown on the title card.")
    description: str | None = Field(None, description="Shown below the title.")
    steps: list[Record] = Field(default_factory=list, description="Steps, one scene each.")
    assets: list[Record] = Field(default_factory=list, description="Pictures that steps name.")
    audio: Section = Field(default_factory=dict, description="Narration and music.")
    options: Section = Field(
        default_factory=dict, description="resolution, format, includeCaptions."
    )
    metadata: Section = Field(default_factory=dict, description="Kept in the manifest.")
    storyboard: Source = Field(None, description="A storyboard of contract 1.0, 1.1 or 1.2.")
    render_config: Source = Field(
        None, alias="renderConfig", description="Scenes with backgrounds and overlays."
    )
    script: Script = Field(None, description="Segments or scenes with what is spoken in them.")
    chapters: SourceList = Field(None, description="Chapters, each {id, title, steps}.")
    chapter: Source = Field(None, description="A chapter: {id, title, steps}.")
    game: Source = Field(None, description="A game, from which a whole tutorial is written.")
    chapter_id: Any = Field(None, alias="chapterId", description="Informational.")

    @property
    def source(self) -> str:
        """Name the field that the scenes come from: the first present of a fixed order."""
        return self.sources[0]

    @property
    def sources(self) -> list[str]:
        """Name every field that scenes could come from, the one that is used first."""
        values = {
            "storyboard": self.storyboard,
            "renderConfig": self.render_config,
            "script": self.script,
            "chapters": self.chapters,
            "chapter": self.chapter,
            "steps": self.steps or None,
            "game": self.game,
        }
        return [name for name in SOURCES if values[name] is not None] or ["steps"]


class PreviewJob(_Wire):
    """One job: who asks, for what, and whether to render or only to plan."""

    job_id: str = Field(alias="jobId", min_length=1, max_length=MAX_ID_CHARS)
    project_id: str = Field(alias="projectId", min_length=1, max_length=MAX_ID_CHARS)
    request_id: str = Field(
        alias="requestId",
        min_length=1,
        max_length=MAX_ID_CHARS,
        description="Correlates logs across services.",
    )
    dry_run: bool = Field(
        alias="dryRun", strict=True, description="Plan, write captions and a still, render nothing."
    )
    request: PreviewRequest = Field(alias="previewRequest")
    on_part_failure: Literal["render", "placeholder"] = Field(
        "render",
        alias="onPartFailure",
        description="When a part of the batch fails: film its scenes, or mark them as lacking.",
    )
    priority: Any = Field(None, description="low, normal or high; the queue's own rank counts.")
    attempts: Any = Field(None, description="Informational; the queue counts attempts.")
    created_at: Any = Field(None, alias="createdAt", description="Informational.")
    updated_at: Any = Field(None, alias="updatedAt", description="Informational.")

    def values_at(self, pointers: Iterable[str]) -> Json:
        """Return what stands at JSON Pointers (RFC 6901) that lead into ``/previewRequest``."""
        request = {"previewRequest": self.request.model_dump(by_alias=True)}
        found = {pointer: _value_at(request, pointer) for pointer in pointers}
        return {pointer: value for pointer, value in found.items() if value is not None}


def _value_at(value: object, pointer: str) -> object:
    """Follow ``pointer`` from ``value``; None where the way ends."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list):
            value = value[int(name)] if name.isdecimal() and int(name) < len(value) else None
        else:
            value = value.get(name) if isinstance(value, dict) else None
    return value


class ParsedJob(BaseModel):
    """A payload that was accepted, with what is worth telling about it."""

    model_config = ConfigDict(frozen=True)

    job: PreviewJob
    notices: tuple[Notice, ...] = ()
