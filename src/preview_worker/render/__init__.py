"""From a job to a preview's files. Importing the room loads no media library; rendering does."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from preview_worker.render.digest import input_digest
from preview_worker.render.edition import media_versions
from preview_worker.render.planning import plan_preview
from preview_worker.render.settings import RenderSettings

if TYPE_CHECKING:
    from preview_worker.render.pipeline import render_preview, warm_up

__all__ = [
    "RenderSettings",
    "input_digest",
    "media_versions",
    "plan_preview",
    "render_preview",
    "warm_up",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 -- the type of a module attribute is not known
    """Load the pipeline, and the media libraries with it, when it is first asked for."""
    if name in {"render_preview", "warm_up"}:
        return getattr(importlib.import_module("preview_worker.render.pipeline"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
