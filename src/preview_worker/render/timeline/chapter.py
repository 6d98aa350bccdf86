"""A chapter ``{id, title, steps}``: steps under a title of their own."""

from __future__ import annotations

from dataclasses import replace

from preview_worker.render.timeline.drafts import Plan, Setting
from preview_worker.render.timeline.fields import Located, first_text
from preview_worker.render.timeline.steps import plan_steps, shown
from preview_worker.render.wording import one_line


def plan_chapter(chapter: Located, setting: Setting, *, titled: bool) -> Plan:
    """Plan a chapter. Its title leads; the request's own, if ``titled``, stands below it."""
    title = one_line(shown(first_text(chapter, ("title", "heading", "name")), setting.language))
    if title:
        below = setting.title if titled and setting.title != title else setting.description
        setting = replace(setting, title=title, description=below)
    return plan_steps(chapter.get("steps"), chapter.at("steps"), setting)
