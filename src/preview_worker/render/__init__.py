"""From a job to a preview's files. Importing the room loads no media library; rendering does."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from preview_worker.render.clearance import trim_caches
from preview_worker.render.digest import input_digest, rehearse_plan
from preview_worker.render.edition import media_versions
from preview_worker.render.planning import asset_addresses, plan_preview, wants_live
from preview_worker.render.pool import Obtained
from preview_worker.render.settings import (
    LostPart,
    PartWish,
    Provision,
    RenderSettings,
    StillForm,
    StillWish,
)
from preview_worker.render.transit import holds_entry, is_key, put_in, take_out

if TYPE_CHECKING:
    from preview_worker.render.comparison.difference import Comparison, SceneDifference
    from preview_worker.render.comparison.hearing import SoundDifference
    from preview_worker.render.comparison.passages import Passage
    from preview_worker.render.comparison.version import Version
    from preview_worker.render.orders import carry_out
    from preview_worker.render.pipeline import render_preview, warm_up
    from preview_worker.render.review import Review, review_preview
    from preview_worker.render.still import paint_still

__all__ = [
    "Comparison",
    "LostPart",
    "Obtained",
    "PartWish",
    "Passage",
    "Provision",
    "RenderSettings",
    "Review",
    "SceneDifference",
    "SoundDifference",
    "StillForm",
    "StillWish",
    "Version",
    "asset_addresses",
    "carry_out",
    "holds_entry",
    "input_digest",
    "is_key",
    "media_versions",
    "paint_still",
    "plan_preview",
    "put_in",
    "rehearse_plan",
    "render_preview",
    "review_preview",
    "take_out",
    "trim_caches",
    "wants_live",
    "warm_up",
]
_HOMES = {
    "Comparison": "comparison.difference",
    "Passage": "comparison.passages",
    "SceneDifference": "comparison.difference",
    "SoundDifference": "comparison.hearing",
    "Review": "review",
    "Version": "comparison.version",
    "carry_out": "orders",
    "paint_still": "still",
    "render_preview": "pipeline",
    "review_preview": "review",
    "warm_up": "pipeline",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 -- the type of a module attribute is not known
    """Load what is asked for, and the media libraries with it."""
    if home := _HOMES.get(name):
        return getattr(importlib.import_module(f"{__name__}.{home}"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
