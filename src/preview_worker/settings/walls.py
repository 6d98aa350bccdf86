"""The variables that say how render processes are walled in, and how much they may use up."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings

from preview_worker.settings.allotment import usable_memory_bytes
from preview_worker.worker.settings import WorkerSettings

_Bytes = Annotated[int, Field(ge=1024**2)]
_RESERVE_BYTES = 512 * 1024**2
"""Kept for the worker itself, which a single huge job can make that large, and for the zygote."""
_MOST_RESERVED = 0.4
"""Of what there is, at most, so that something is left to render with."""


class WallVariables(BaseSettings):
    """Every name that has to do with walls and budgets of renders."""

    preview_sandbox: Literal["required", "degraded"] = Field(
        WorkerSettings().sandbox,
        description="required takes no jobs without every wall; degraded does with those there are",
    )
    preview_render_memory_max_bytes: _Bytes = Field(
        WorkerSettings().memory_max_bytes,
        description="Memory of one render process, bytes; less in a small container",
    )
    preview_output_max_bytes: _Bytes = Field(
        WorkerSettings().output_max_bytes, description="What one render may write, bytes"
    )

    def memory_max_bytes(self, renders: int, processes: int) -> int:
        """Return what one process of a render may take.

        All of ``renders`` with ``processes`` helpers each have to fit beside the worker into what
        the container has, so that none of them brings the kernel to end the whole container.
        """
        setting = self.preview_render_memory_max_bytes
        usable = usable_memory_bytes()
        if usable is None:
            return setting
        left = usable - min(_RESERVE_BYTES, int(usable * _MOST_RESERVED))
        return min(setting, left // (max(1, renders) * (processes + 1)))
