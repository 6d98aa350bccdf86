"""From the sounds that a payload names to one mastered track, in blocks of samples.

Importing the room loads no media library; listening to a sound does.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from preview_worker.render.audio.judgement import judge_loudness
    from preview_worker.render.audio.listener import Heard, Listener
    from preview_worker.render.audio.studio import Track, record_track

__all__ = ["Heard", "Listener", "Track", "judge_loudness", "record_track"]
_HOMES = {
    "Heard": "listener",
    "Listener": "listener",
    "Track": "studio",
    "judge_loudness": "judgement",
    "record_track": "studio",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 -- the type of a module attribute is not known
    """Load what is asked for, and the media libraries with it."""
    if home := _HOMES.get(name):
        return getattr(importlib.import_module(f"{__name__}.{home}"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
