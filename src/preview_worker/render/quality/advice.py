"""What to do about findings of other steps, and how grave they are where the step cannot know."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from preview_worker.contract import Finding, Severity


class Advice(NamedTuple):
    """What goes into a finding that says less itself; ``severity`` None leaves it as it is."""

    suggestion: str
    severity: Severity | None = None


ADVICE = {
    "asset.unknown": Advice("Add the asset to previewRequest.assets, or correct its id."),
    "callouts.many": Advice("Point at less, or make several scenes of it."),
    "callouts.no_picture": Advice("Give the scene one picture, or remove what points at it."),
    "callouts.no_room": Advice("Use a shorter label, or fewer of them on one picture."),
    "callouts.outside": Advice("Keep targets within the picture, 0 to 1 on both sides."),
    "chapters.one": Advice("Leave chapterId out to see all chapters.", "note"),
    "colour.unknown": Advice("Write the colour as #rrggbb."),
    "fields.unread": Advice("Remove the fields, or correct their names.", "note"),
    "fps.clamped": Advice("Ask for a frame rate within the limit.", "note"),
    "game.part_missing": Advice("Add the part to the game description."),
    "live.unsupported": Advice("Ask for the format mp4, or wait for the finished preview."),
    "loudness.not_reached": Advice("Use a longer, louder or more even recording."),
    "loudness.peak": Advice("Lower the loudest moments of the recording."),
    "motion.easing": Advice("Name an easing of the motion contract.", "note"),
    "motion.left_out": Advice("Keep to the limits of docs/motion.md."),
    "motion.times": Advice("Keep motions within their scene and the contract's lengths.", "note"),
    "motion.unknown": Advice("Name a motion of docs/motion.md."),
    "overlay.times": Advice("Keep startSec and endSec within the scene."),
    "pictures.first": Advice("Make a scene of each picture, or join them into one.", "note"),
    "resolution.clamped": Advice("Ask for a resolution within the limit.", "note"),
    "steps.none": Advice("Add steps, or another source of scenes."),
    "storyboard.scene_short": Advice("Give the scene a second at least.", "note"),
    "storyboard.version": Advice("Name the contract that the storyboard keeps: 1.0, 1.1 or 1.2."),
    "text.cut": Advice("Shorten the text, give the scene more time, or split it.", "error"),
    "text.left_out": Advice("Remove texts from the scene, or give them other places.", "error"),
    "text.missing_glyph": Advice("Replace the characters by ones that can be drawn.", "error"),
    "visual.times": Advice("Keep startSec and endSec of the visual within the scene."),
}
"""By code. A step that knows better sets ``suggestion`` itself."""


def advised(finding: Finding) -> Finding:
    """Return ``finding`` with what it does not say itself; one that says what to do stays as is."""
    advice = ADVICE.get(finding.code)
    if advice is None or finding.suggestion:
        return finding
    severity = advice.severity or finding.severity
    return replace(finding, severity=severity, suggestion=advice.suggestion)
