"""The walls around a render process: what it may open, ask of the kernel, and use up.

They are put up by the process itself before it reads its task, so everything that decodes hostile
input stands behind them, and so does all that it starts. ``docs/security.md`` says what they hold.
"""

from __future__ import annotations

from preview_worker.worker.walls.ceilings import Ceilings
from preview_worker.worker.walls.enclosure import (
    Enclosure,
    SandboxError,
    SandboxMode,
    Standing,
    prepare,
    raise_walls,
)
from preview_worker.worker.walls.escapes import Attempt, Escapes, attempt_escapes

__all__ = [
    "Attempt",
    "Ceilings",
    "Enclosure",
    "Escapes",
    "SandboxError",
    "SandboxMode",
    "Standing",
    "attempt_escapes",
    "prepare",
    "raise_walls",
]
