"""A script: told apart by what its members hold, since producers write four kinds of them."""

from __future__ import annotations

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.timeline.drafts import Plan, Setting
from preview_worker.render.timeline.fields import Located, located
from preview_worker.render.timeline.remotion import is_remotion, plan_remotion
from preview_worker.render.timeline.reviewed import is_reviewed, plan_reviewed
from preview_worker.render.timeline.segments import plan_segments
from preview_worker.render.timeline.template import plan_template

LISTS = ("segments", "scenes", "steps")
"""Where a script keeps its members; the first list with any is used."""


def plan_script(script: Located, setting: Setting) -> Plan:
    """Plan the scenes of ``script`` in the order that they stand in."""
    name = list_of(script)
    items = located(script.get(name), script.at(name))
    if not items:
        message = f"{script.at('segments')} must hold at least one segment."
        raise PreviewError(ErrorCode.PAYLOAD, message)
    if name == "steps":
        return plan_template(script, items, setting)
    if any(map(is_remotion, items)):
        return plan_remotion(script, items, setting)
    if any(map(is_reviewed, items)):
        return plan_reviewed(items, setting)
    return plan_segments(items, setting)


def list_of(script: Located) -> str:
    """Name the list that the script's scenes come from."""
    return next((name for name in LISTS if script.get(name)), LISTS[0])
