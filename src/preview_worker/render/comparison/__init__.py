"""Two previews compared: what was added, removed, changed or moved, in words, pictures and sound.

Importing the room loads no media library; opening a version does.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from preview_worker.render.comparison.difference import Comparison
    from preview_worker.render.comparison.judge import compare
    from preview_worker.render.comparison.planned import plan_version
    from preview_worker.render.comparison.published import (
        Publication,
        UnreadableVideoError,
        open_version,
    )
    from preview_worker.render.comparison.sheet import draw_sheet
    from preview_worker.render.comparison.version import Version

__all__ = [
    "Comparison",
    "Publication",
    "UnreadableVideoError",
    "Version",
    "compare",
    "draw_sheet",
    "open_version",
    "plan_version",
]
_HOMES = {
    "Comparison": "difference",
    "Publication": "published",
    "UnreadableVideoError": "published",
    "Version": "version",
    "compare": "judge",
    "draw_sheet": "sheet",
    "open_version": "published",
    "plan_version": "planned",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 -- the type of a module attribute is not known
    """Load what is asked for, and the media libraries with it."""
    if home := _HOMES.get(name):
        return getattr(importlib.import_module(f"{__name__}.{home}"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
