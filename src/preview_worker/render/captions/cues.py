"""When each caption is on: within its scene, at least a second, with air between two of them."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from preview_worker.contract import Finding
from preview_worker.render.captions.lines import LINE_CHARS, split_captions
from preview_worker.render.model import Cue, Scene, Timeline
from preview_worker.render.wording import shorten

MIN_CUE_S = Fraction(1)
GAP_S = Fraction(1, 10)
MAX_CHARS_PER_S = 17


def plan_cues(timeline: Timeline) -> tuple[tuple[Cue, ...], tuple[Finding, ...]]:
    """Cut the spoken text of every scene into cues, and tell where the time does not suffice.

    The first cue of a scene starts with it, and the last one ends before the next scene begins.
    """
    cues: list[Cue] = []
    findings: list[Finding] = []
    for scene in timeline.scenes:
        if scene.spoken:
            found = _scene_cues(scene, timeline.profile.fps, findings)
            cues += found
            _judge(scene, found, timeline.profile.fps, findings)
    return tuple(cues), tuple(findings)


def _scene_cues(scene: Scene, fps: Fraction, findings: list[Finding]) -> list[Cue]:
    gap, least = ceil(GAP_S * fps), ceil(MIN_CUE_S * fps)
    captions = split_captions(scene.spoken)
    room = max(1, scene.frames // (least + gap))
    if len(captions) > room:
        captions = captions[:room]
        *lines, last = captions[-1]
        captions[-1] = (*lines, shorten(last + "…" * LINE_CHARS, min(LINE_CHARS, len(last) + 1)))
        told = "The scene is too short for all of its captions; the last one ends with an ellipsis."
        findings.append(Finding("captions.cut", told, scene.id))
    lengths = [sum(map(len, lines)) for lines in captions]
    starts = _starts(scene, lengths, least + gap)
    return [
        Cue(start, max(start + 1, end - gap), lines)
        for lines, start, end in zip(captions, starts, [*starts[1:], scene.end_frame], strict=True)
    ]


def _starts(scene: Scene, lengths: list[int], least: int) -> list[int]:
    """Share the scene's frames by the length of the captions, each getting ``least`` or more."""
    spare = max(0, scene.frames - least * len(lengths))
    starts, done = [], 0
    for number, length in enumerate(lengths):
        shared = spare * done // max(1, sum(lengths))
        starts.append(scene.start_frame + min(least * number, scene.frames - 1) + shared)
        done += length
    return starts


def _judge(scene: Scene, cues: list[Cue], fps: Fraction, findings: list[Finding]) -> None:
    fastest = max(
        sum(len(line.replace(" ", "")) for line in cue.lines)
        * fps
        / (cue.end_frame - cue.start_frame)
        for cue in cues
    )
    if fastest > MAX_CHARS_PER_S:
        told = (
            f"Captions run at up to {float(fastest):.0f} characters a second; "
            f"{MAX_CHARS_PER_S} can be read. Give the scene more time."
        )
        findings.append(Finding("captions.fast", told, scene.id))
