"""Fields of scenes that nothing is made of, so that nobody waits for what never comes."""

from __future__ import annotations

from itertools import islice

from preview_worker.contract import Finding
from preview_worker.render.timeline.fields import BODY, MILLISECONDS, SPOKEN, TITLES
from preview_worker.render.timeline.pictures import REFERENCES
from preview_worker.render.wording import clean, one_line, shorten

SHOWN = 12
NAME_CHARS = 40
KEPT = 500
"""Fields whose values are kept with the preview."""
KNOWN = frozenset(
    (
        *SPOKEN,
        *BODY,
        *TITLES,
        *MILLISECONDS,
        *(path[0] for path in REFERENCES),
        *("id", "index", "order", "type", "name", "description", "language", "segmentId"),
        *("sectionId", "sourceId", "sourceRef", "sources", "source_pages", "confidence", "meta"),
        *("prevSceneId", "nextSceneId", "wordCount", "status", "reviewNotes", "metadata"),
        *("visualReviewState", "visualDirections", "visual_types", "visual_intent"),
        *("durationSec", "duration", "durationInFrames", "startTime", "endTime", "timing"),
        *("overlays", "overlay", "visuals", "visualPlan", "background", "componentLayout"),
        *("assets", "steps", "chunks", "action", "expect", "stepNumber", "themeBorderColor"),
        *("callouts", "visual_callouts", "visual_focus", "completed_steps", "focus"),
        *("motion", "motions", "transition", "layout", "audio", "audioFile"),
        *("backgroundMusicFile", "backgroundMusicStartFrom", "backgroundMusicVolume"),
        *("number", "page", "tags", "translations"),
    )
)
"""What adapters read, and what producers keep for themselves and nobody expects to see."""


def find_unread(items: object, where: str) -> tuple[str, ...]:
    """Return JSON Pointers to the fields of ``items`` that are not known, the first few hundred."""
    members = items if isinstance(items, list) else []
    found = (
        f"{where}/{index}/{name.replace('~', '~0').replace('/', '~1')}"
        for index, item in enumerate(members)
        if isinstance(item, dict)
        for name in sorted(map(str, item))
        if name not in KNOWN and len(name) <= NAME_CHARS
    )
    return tuple(islice(found, KEPT))


def tell_unread(items: object) -> tuple[Finding, ...]:
    """Return one finding with the fields of ``items`` that are not known, if there are any."""
    members = items if isinstance(items, list) else []
    names = {str(name) for item in members if isinstance(item, dict) for name in item}
    unread = sorted(names - KNOWN)
    if not unread:
        return ()
    listed = [shorten(one_line(clean(name)), NAME_CHARS) for name in unread[:SHOWN]]
    more = f" and {len(unread) - SHOWN} more" if unread[SHOWN:] else ""
    told = f"These fields of scenes are not used: {', '.join(listed)}{more}."
    return (Finding("fields.unread", told),)
