"""What a preview wears: the theme that the request asks for."""

from __future__ import annotations

from preview_worker.contract import Finding, PreviewRequest
from preview_worker.render.look import Look
from preview_worker.render.palette import DARK, THEMES
from preview_worker.render.timeline.fields import as_text


def plan_look(request: PreviewRequest) -> tuple[Look, tuple[Finding, ...]]:
    """Return the look of the theme in ``options.theme``, the dark one where none is named."""
    name = as_text(request.options.get("theme")).strip().lower()
    if name in THEMES or not name:
        return THEMES.get(name, DARK), ()
    known = " or ".join(THEMES)
    told = f"There is no theme {name[:40]!r}; the {DARK.theme} one is used."
    return DARK, (Finding("theme.unknown", told, suggestion=f"Ask for {known}."),)
