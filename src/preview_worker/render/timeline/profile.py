"""The video's shape: what the producer asked for, clamped to what we render."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from preview_worker.contract import ErrorCode, Finding, PreviewError, PreviewRequest
from preview_worker.render.model import Container, Profile
from preview_worker.render.settings import RenderSettings
from preview_worker.render.timeline.artifact_set import read_artifact_set
from preview_worker.render.timeline.fields import Located, number

DEFAULT_SIZE = (1280, 720)
TUTORIAL_SIZE = (1920, 1080)
"""What the validators of the tutorial set want to see."""
DEFAULT_FPS = Fraction(30)
MIN_SIDE_PX = 90
NTSC_RATES = {
    round(Fraction(base * 1000, 1001), places): Fraction(base * 1000, 1001)
    for base in (24, 30, 60)
    for places in (2, 3)
}
_SIZE = re.compile(r"\s*(\d{1,7})\s*[xX×]\s*(\d{1,7})\s*", re.ASCII)


def plan_profile(
    request: PreviewRequest, settings: RenderSettings
) -> tuple[Profile, tuple[Finding, ...]]:
    """Return the profile and what had to be clamped.

    ``renderConfig.video`` and ``storyboard.resolution`` speak for their own scenes; ``options``
    speaks otherwise, and overrules them where it names a resolution. Raises ``PreviewError``
    (OPTION) for what cannot be rendered.
    """
    options = Located(request.options, "/previewRequest/options")
    findings: list[Finding] = []
    size = _asked_size(options, request)
    width, height = _clamped(size, settings, findings)
    fps = _clamped_fps(_asked_fps(options, request), settings, findings)
    return Profile(width, height, fps, _container(options)), tuple(findings)


def _own(request: PreviewRequest) -> tuple[Located, tuple[str, ...]]:
    """Return what the scenes come from, and where in it the video's shape is."""
    if request.source == "storyboard":
        return Located(request.storyboard or {}, "/previewRequest/storyboard"), ()
    config = request.render_config if request.source == "renderConfig" else None
    return Located(config or {}, "/previewRequest/renderConfig"), ("video",)


def _asked_size(options: Located, request: PreviewRequest) -> tuple[int, int]:
    own, within = _own(request)
    metadata = Located(request.metadata, "/previewRequest/metadata")
    for item, path in (
        (options, ("resolution",)),
        (metadata, ("resolutionOverride",)),
        (own, (*within, "resolution")),
    ):
        if (value := item.get(*path)) is not None:
            return read_size(value, item.at(*path))
    return TUTORIAL_SIZE if read_artifact_set(request) == "tutorial" else DEFAULT_SIZE


def read_size(value: object, where: str) -> tuple[int, int]:
    """Read ``"WxH"`` in any case, or ``{width, height}``, in pixels."""
    sides: tuple[object, object] = (None, None)
    if isinstance(value, str) and (found := _SIZE.fullmatch(value)):
        sides = (int(found[1]), int(found[2]))
    elif isinstance(value, Mapping):
        sides = (value.get("width"), value.get("height"))
    width, height = (
        int(side) if isinstance(side, int | float) and side == side // 1 else 0 for side in sides
    )
    if min(width, height) < MIN_SIDE_PX:
        message = (
            f'{where} must be "WIDTHxHEIGHT" or {{width, height}} in whole pixels, '
            f"each at least {MIN_SIDE_PX}; it is {str(value)[:60]!r}."
        )
        raise PreviewError(ErrorCode.OPTION, message)
    return width, height


def _clamped(
    size: tuple[int, int], settings: RenderSettings, findings: list[Finding]
) -> tuple[int, int]:
    width, height = size
    most = (settings.max_width_px, settings.max_height_px)
    # The limits are about the number of pixels: an upright page may be as large as a lying one.
    most_width, most_height = most if width >= height else most[::-1]
    share = min(Fraction(1), Fraction(most_width, width), Fraction(most_height, height))
    fitted = (int(width * share) // 2 * 2, int(height * share) // 2 * 2)
    if min(fitted) < MIN_SIDE_PX:
        message = f"The resolution {width}x{height} is too narrow to show a preview in."
        raise PreviewError(ErrorCode.OPTION, message)
    if fitted != size:
        told = f"Rendered at {fitted[0]}x{fitted[1]} instead of {width}x{height}."
        findings.append(Finding("resolution.clamped", told))
    return fitted


def _asked_fps(options: Located, request: PreviewRequest) -> Fraction:
    own, within = _own(request)
    within = within or ("resolution",)
    for item, path in ((options, ("fps",)), (own, (*within, "fps"))):
        value = item.get(*path)
        try:
            fps = _rate(value, item.at(*path))
        except (PreviewError, ZeroDivisionError):
            fps = Fraction(0)
        if value is not None and (fps is None or fps < 1):
            message = (
                f"{item.at(*path)} must be a frame rate of at least 1, not {str(value)[:40]!r}."
            )
            raise PreviewError(ErrorCode.OPTION, message)
        if fps is not None and value is not None:
            return fps
    return DEFAULT_FPS


def _rate(value: object, where: str) -> Fraction | None:
    fps = number(value, where)
    return None if fps is None else NTSC_RATES.get(fps, fps.limit_denominator(1001))


def _clamped_fps(fps: Fraction, settings: RenderSettings, findings: list[Finding]) -> Fraction:
    if fps <= settings.max_fps:
        return fps
    told = f"Rendered at {settings.max_fps} frames per second instead of {float(fps):g}."
    findings.append(Finding("fps.clamped", told))
    return Fraction(settings.max_fps)


def _container(options: Located) -> Container:
    value = options.get("format")
    name = value.strip().lower().lstrip(".") if isinstance(value, str) else value
    match name:
        case None | "" | "mp4":
            return "mp4"
        case "webm":
            return "webm"
        case _:
            message = (
                f"{options.at('format')} must be mp4 or webm, not {str(value)[:40]!r}; "
                "leave it out for mp4."
            )
            raise PreviewError(ErrorCode.OPTION, message)
