"""When each caption is on: within its scene, at least a second, with air between two of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import accumulate, takewhile

from preview_worker.contract import Finding
from preview_worker.render.captions.atoms import CLAUSE_COST, Atom, atoms_of, joined
from preview_worker.render.captions.condense import Condensed, condensed
from preview_worker.render.captions.lines import Caption, split_captions
from preview_worker.render.captions.pace import MAX_CHARS_PER_S, Pace
from preview_worker.render.model import Cue, Scene, Timeline
from preview_worker.render.wording import reading_load

THRIFTS = (0, 1, 4, 64)
"""Prices of a frame that are tried one after another, until the captions fit their scene."""
LEAST_CHARS, MOST_CHARS_PER_S = 1000, 100
HOPELESS = 2
"""Of a text that needs this many times what there is, no rewording is tried."""
_NICE_CUT = 0.7
"""A cut goes back to the end of a sentence or clause if this share of the text remains."""
_HEAD_CHARS = 40


@dataclass(frozen=True, slots=True)
class _Telling:
    """What a scene has its captions say, and the room that it has for them."""

    scene: Scene
    frames: int
    """Up to the scene's end, less the gap before the next caption."""
    pace: Pace
    language: str

    @property
    def most_chars(self) -> int:
        """How much of the text is worth looking at: several times what can be read."""
        return LEAST_CHARS + int(MOST_CHARS_PER_S * self.scene.frames / self.pace.fps)

    def fit(self, atoms: Sequence[Atom]) -> list[Caption]:
        """Return captions that can all be read in the scene's time; none when there are none."""
        if self.pace.needed_frames(sum(atom.load for atom in atoms)) > self.frames:
            return []
        for thrift in THRIFTS:
            captions = split_captions(atoms, self.pace, thrift)
            if self.pace.total_frames([caption.load for caption in captions]) <= self.frames:
                return captions
        return []

    def cues(self, captions: Sequence[Caption]) -> list[Cue]:
        """Put captions on frames of the scene, the first on its first."""
        gap = self.pace.gap_frames
        loads = [caption.load for caption in captions]
        spans = self.pace.share(loads, self.frames - gap * (len(loads) - 1))
        ends = list(accumulate(spans, lambda end, span: end + gap + span))
        return [
            Cue(end - span, end, caption.lines)
            for caption, span, end in zip(captions, spans, ends, strict=True)
        ]

    def needs_s(self, atoms: Sequence[Atom], load: int) -> float:
        """Return the seconds that a scene needs whose words begin with ``atoms``."""
        captions = split_captions(atoms, self.pace)
        frames = self.pace.total_frames([caption.load for caption in captions])
        more = Fraction(load, sum(atom.load for atom in atoms))
        return float((frames * more + self.scene.frames - self.frames) / self.pace.fps)


Told = tuple[tuple[Cue, ...], tuple[Finding, ...]]
Recall = Callable[[Sequence[object], Callable[[], Told]], Told]
"""Returns what the work gives, or gave before for the same parts, which JSON can say."""


def plan_cues(timeline: Timeline, recall: Recall = lambda _, work: work()) -> Told:
    """Cut the spoken text of every scene into cues, and tell where the time does not suffice.

    The first cue of a scene starts with it, and the last one ends before the next scene's begins.
    No cue is faster than can be read or shorter than a second: a scene that is too short for its
    words has them condensed, then cut, with a finding that says so.
    """
    pace = Pace(timeline.profile.fps)
    cues: list[Cue] = []
    findings: list[Finding] = []
    for number, scene in enumerate(timeline.scenes):
        if not scene.spoken:
            continue
        following = timeline.scenes[number + 1 : number + 2]
        gap = pace.gap_frames if any(one.spoken for one in following) else 0
        telling = _Telling(scene, scene.frames - gap, pace, timeline.language)
        parts = (scene.spoken, scene.frames, gap, str(pace.fps), timeline.language)
        found, told = recall(parts, partial(_scene_cues, telling))
        start = scene.start_frame
        cues += (Cue(start + cue.start_frame, start + cue.end_frame, cue.lines) for cue in found)
        findings += (replace(finding, scene=scene.id) for finding in told)
    return tuple(cues), tuple(findings)


def _scene_cues(telling: _Telling) -> Told:
    """Return the cues of a scene, counted from its first frame, and findings without its name."""
    findings: list[Finding] = []
    # Of a megabyte for a few seconds, only the beginning is looked at.
    atoms = atoms_of(telling.scene.spoken[: telling.most_chars])
    captions = telling.fit(atoms) or _squeezed(telling, atoms, findings)
    return tuple(telling.cues(captions)) if captions else (), tuple(findings)


def burn_captions(timeline: Timeline) -> Timeline:
    """Give the scenes of ``timeline`` their cues, if they are to be painted into the pictures."""
    if not timeline.captioning.burned:
        return timeline
    cues, _ = plan_cues(timeline)
    scenes = (replace(scene, burned=tuple(_within(scene, cues))) for scene in timeline.scenes)
    return replace(timeline, scenes=tuple(scenes))


def _within(scene: Scene, cues: Sequence[Cue]) -> Iterator[Cue]:
    for cue in cues:
        if scene.start_frame <= cue.start_frame < scene.end_frame:
            start, end = cue.start_frame - scene.start_frame, cue.end_frame - scene.start_frame
            yield Cue(start, end, cue.lines)


def _squeezed(telling: _Telling, atoms: Sequence[Atom], findings: list[Finding]) -> list[Caption]:
    """Return captions of fewer words, and tell which are missing."""
    if not atoms:
        return []
    spoken = telling.scene.spoken
    text = Condensed(spoken[: telling.most_chars])
    if telling.pace.needed_frames(reading_load(spoken)) <= HOPELESS * telling.frames:
        for text in condensed(spoken, telling.language):
            if captions := telling.fit(atoms_of(text.text)):
                findings.append(_finding(telling, atoms, "captions.condensed", text.told()))
                return captions
    captions, lost = _cut(telling, atoms_of(text.text))
    told = "; ".join(filter(None, (text.told(), f"cut off from “{lost}” on")))
    findings.append(_finding(telling, atoms, "captions.cut", told))
    return captions


def _cut(telling: _Telling, atoms: Sequence[Atom]) -> tuple[list[Caption], str]:
    """Return captions of as many words as can be read, an ellipsis at their end, and the rest."""
    most = telling.frames * MAX_CHARS_PER_S / telling.pace.fps
    loads = accumulate(atom.load for atom in atoms)
    low, high = 0, sum(1 for _ in takewhile(lambda load: load <= most, loads))
    while low < high:
        middle = (low + high + 1) // 2
        if telling.fit(_shortened(atoms[:middle])):
            low = middle
        else:
            high = middle - 1
    nice = (n for n in range(low, int(_NICE_CUT * low), -1) if atoms[n - 1].pause <= CLAUSE_COST)
    count = next(nice, low)
    captions = telling.fit(_shortened(atoms[:count])) if count else []
    return captions, joined(atoms[count:])[:_HEAD_CHARS]


def _shortened(atoms: Sequence[Atom]) -> tuple[Atom, ...]:
    return atoms_of(joined(atoms).rstrip(" .,;:–—…") + "…")


def _finding(telling: _Telling, atoms: Sequence[Atom], code: str, told: str) -> Finding:
    seconds = float(telling.scene.frames / telling.pace.fps)
    load = reading_load(telling.scene.spoken)
    needed = telling.needs_s(atoms, load)
    pace = float(load * telling.pace.fps / max(1, telling.frames))
    how = code.partition(".")[2]
    return Finding(
        code,
        f"The scene lasts {seconds:.1f} s, and to read its words takes {needed:.1f} s. "
        f"In the captions they are {how}: {told}.",
        None,
        "error" if how == "cut" else "warning",
        measured=round(pace, 1),
        limit=MAX_CHARS_PER_S,
        suggestion=f"Give the scene {needed:.1f} s, or fewer words.",
    )
