"""The caption files beside a video, in its own language and in the others that it is told in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from preview_worker.contract import Finding, RenderedFile
from preview_worker.render.captions.cues import Recall, plan_cues
from preview_worker.render.captions.formats import as_srt, as_vtt
from preview_worker.render.model import Cue, Timeline
from preview_worker.render.subtitling import CaptionFormat, Translation

_WRITERS: dict[CaptionFormat, tuple[str, Callable[[Sequence[Cue], Fraction], str]]] = {
    "srt": ("application/x-subrip", as_srt),
    "vtt": ("text/vtt", as_vtt),
}


@dataclass(frozen=True, slots=True)
class Sidecars:
    """Caption files with their texts, the cues of the preview's own language, and findings."""

    cues: tuple[Cue, ...] = ()
    files: tuple[tuple[RenderedFile, str], ...] = ()
    findings: tuple[Finding, ...] = ()


def plan_sidecars(timeline: Timeline, recall: Recall = lambda _, work: work()) -> Sidecars:
    """Return the caption files that ``timeline`` is to have, and what is to be told of them.

    Cues are planned even if they are only painted into the pictures. ``recall`` may know those of
    single scenes.
    """
    captioning = timeline.captioning
    if not captioning.formats and not captioning.burned:
        return Sidecars()
    cues, findings = plan_cues(timeline, recall)
    told = [*findings]
    files = [*_files(timeline, "captions", cues)]
    for translation in captioning.translations if captioning.formats else ():
        translated = _translated(timeline, translation)
        others, found = plan_cues(translated, recall)
        files += _files(translated, f"captions.{translation.language}", others)
        told += (_labelled(finding, translation.language) for finding in found)
    return Sidecars(cues, tuple(files), tuple(told))


def _translated(timeline: Timeline, translation: Translation) -> Timeline:
    pairs = zip(timeline.scenes, translation.spoken, strict=True)
    scenes = tuple(replace(scene, spoken=spoken) for scene, spoken in pairs)
    return replace(timeline, language=translation.language, scenes=scenes)


def _labelled(finding: Finding, language: str) -> Finding:
    return replace(finding, message=f"In {language}: {finding.message}")


def _files(timeline: Timeline, stem: str, cues: Sequence[Cue]) -> list[tuple[RenderedFile, str]]:
    files = []
    for name in timeline.captioning.formats:
        media_type, write = _WRITERS[name]
        file = RenderedFile(f"{stem}.{name}", "captions", media_type, timeline.language)
        files.append((file, write(cues, timeline.profile.fps)))
    return files
