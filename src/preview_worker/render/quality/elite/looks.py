"""The rules about the picture: its size, and how its texts can be read."""

from __future__ import annotations

from preview_worker.render.quality.elite.evidence import Evidence, Verdict

WIDTH_PX, HEIGHT_PX = 1920, 1080
TEXT_PX = 40
CONTRAST = 7.0


def judge_resolution(evidence: Evidence) -> Verdict:
    """V1: the number of pixels."""
    profile = evidence.timeline.profile
    return Verdict(
        profile.width_px >= WIDTH_PX and profile.height_px >= HEIGHT_PX,
        f"{profile.width_px}x{profile.height_px}",
        "Ask for options.resolution 1920x1080.",
    )


def _worst(evidence: Evidence, code: str) -> float | None:
    found = (f.measured for f in evidence.findings if f.code == code)
    return min((value for value in found if value is not None), default=None)


def judge_text_size(evidence: Evidence) -> Verdict:
    """V2: the smallest text, as if the picture had 1080 lines."""
    smallest = _worst(evidence, "text.small")
    if smallest is None:
        return Verdict(holds=True, measured=f"{TEXT_PX} or more")
    return Verdict(smallest >= TEXT_PX, smallest, "Use fewer words where the text is small.")


def judge_contrast(evidence: Evidence) -> Verdict:
    """V3: the worst contrast of a text with the pixels behind it."""
    worst = _worst(evidence, "contrast.low")
    if worst is None:
        return Verdict(holds=True, measured=f"{CONTRAST:g} or more")
    return Verdict(holds=False, measured=worst, missing="Change the colours that are told of.")


def judge_outline(evidence: Evidence) -> Verdict:
    """V4: an outline or shadow. Texts over pictures stand on a dark plate instead."""
    del evidence
    told = "Texts have no outline; over pictures they stand on a plate that keeps them readable."
    return Verdict(holds=False, measured=False, missing=told)


def judge_watermark(evidence: Evidence) -> Verdict:
    """V5: nothing is put over the picture from its beginning to its end."""
    drawn = evidence.timeline.watermark is not None
    told = "The request asks for a watermark; leave options.watermark out." if drawn else ""
    return Verdict(holds=not drawn, measured=drawn, missing=told)
