"""The rules about how a tutorial is told: its sections, its pace, its chapters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

from preview_worker.render.model import ComposedCard, Scene, StagedCard, StepCard
from preview_worker.render.quality.elite.evidence import Evidence, Verdict
from preview_worker.render.timeline.sections import section_among

ORDER = (
    "objective",
    "turn_structure",
    "core_mechanic",
    "secondary_mechanics",
    "scoring",
    "edge_cases",
)
RESETS = {"hook", "recap", "end_card"}
BLOCK_S, GAP_S = 300, 30
HOOK_S, INTRO_S = 15, 2
CHAPTER_S = (120, 210)
TELLING_SHARE = 70
_PREFIX = re.compile(r"^(?:segment|scene)-(?:setup-)?(?:segment-)?")
_UNTOLD = {"steps", "chapter", "chapters"}
"""Sources whose scenes have a section for its colours alone."""
_ASKS = re.compile(
    r"\?\s*$|^(?:how|what|when|where|who|why|which|can|comment|que|quoi|quand|où|qui|pourquoi|"
    r"combien|quels?|quelles?)\b",
    re.IGNORECASE,
)
_ACTS = re.compile(
    r"^(?:build|choose|collect|count|deal|draw|end|get|learn|meet|move|pass|place|play|prepare|"
    r"put|refill|remember|roll|score|set|shuffle|start|take|trade|use|win|\w+ing|"
    r"\w{2,}(?:er|ir|ez|ons))\b",
    re.IGNORECASE,
)


def _seconds(evidence: Evidence, frames: int) -> float:
    return round(float(evidence.timeline.profile.seconds(frames)), 2)


def _section(scene: Scene) -> str:
    """Return what the scene is about: its id may say more than its colours do."""
    name = _PREFIX.sub("", scene.id)
    return name if name in ORDER else section_among((scene.section, name))


def judge_order(evidence: Evidence) -> Verdict:
    """S1: the six sections in their order; others may stand before, between and after them."""
    if evidence.job.request.source in _UNTOLD:
        told = "Steps do not say what they are about; use a script, a render-config or a game."
        return Verdict(holds=False, missing=told)
    found = list(dict.fromkeys(map(_section, evidence.timeline.scenes)))
    told_in = [name for name in found if name in ORDER]
    lacking = [name for name in ORDER if name not in found]
    missing = f"There is no section {', '.join(lacking)}." if lacking else ""
    if not lacking and told_in != list(ORDER):
        missing = f"Bring the sections into the order {', '.join(ORDER)}."
    return Verdict(not missing, ", ".join(told_in), missing)


def judge_blocks(evidence: Evidence) -> Verdict:
    """S2: how long anything goes on without a recap or a new opening."""
    runs = _runs(evidence, (_starts_anew(scene) for scene in evidence.timeline.scenes))
    return Verdict(
        runs <= BLOCK_S, runs, "Add a recap, or divide it into chapters with titles of their own."
    )


def judge_gaps(evidence: Evidence) -> Verdict:
    """S3: how long there is no picture."""
    runs = _runs(evidence, (_shows(scene) for scene in evidence.timeline.scenes))
    return Verdict(runs <= GAP_S, runs, "Show a picture at least every 30 seconds.")


def _runs(evidence: Evidence, breaks: Iterable[bool]) -> float:
    """Return the length of the longest stretch of scenes that are no break, in seconds."""
    longest = frames = 0
    for scene, is_break in zip(evidence.timeline.scenes, breaks, strict=True):
        frames = 0 if is_break else frames + scene.frames
        longest = max(longest, frames)
    return _seconds(evidence, longest)


def _starts_anew(scene: Scene) -> bool:
    return scene.kind in {"title", "end"} or _section(scene) in RESETS


def _shows(scene: Scene) -> bool:
    match scene.card:
        case StepCard() | ComposedCard():
            return scene.card.picture is not None
        case StagedCard():
            return any(staged.picture for staged in scene.card.pictures)
        case _:
            return False


def judge_compression(evidence: Evidence) -> Verdict:
    """S4: whether what branches much is left to the rulebook. Nothing here says how it branches."""
    del evidence
    return Verdict(None, missing="A person has to see whether subsystems are told too fully.")


def judge_hook(evidence: Evidence) -> Verdict:
    """R1: when it is said what the viewer will get."""
    scenes = evidence.timeline.scenes
    start = next((scene.start_frame for scene in scenes if _section(scene) == "hook"), None)
    if start is None:
        return Verdict(holds=False, missing="Begin with a hook: what will the viewer know?")
    at_s = _seconds(evidence, start)
    return Verdict(at_s <= HOOK_S, at_s, "Say within 15 seconds what the viewer will know.")


def judge_intro(evidence: Evidence) -> Verdict:
    """R2: a short opening, or none: the first scene already says something worth knowing."""
    first = evidence.timeline.scenes[0]
    if first.kind != "title" and _section(first) != "hook":
        return Verdict(holds=True, measured="cold open")
    if _words(first.spoken) - _words(evidence.timeline.title) - _words(first.title):
        return Verdict(holds=True, measured="cold open")
    length_s = _seconds(evidence, first.frames)
    told = "Shorten the opening to 2 s, or say in it what the viewer will know."
    return Verdict(length_s <= INTRO_S, length_s, told)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def judge_chapter_length(evidence: Evidence) -> Verdict:
    """C1: how long chapters are, every scene being one."""
    scenes = evidence.timeline.scenes
    mean_s = float(evidence.timeline.profile.seconds(evidence.timeline.frames) / len(scenes))
    longest_s = _seconds(evidence, max(scene.frames for scene in scenes))
    low, high = CHAPTER_S
    return Verdict(
        low <= mean_s <= high and longest_s <= high,
        round(mean_s, 2),
        "Chapters of 2 to 3.5 minutes are wanted; every scene of a preview is one.",
    )


def judge_chapter_names(evidence: Evidence) -> Verdict:
    """C2: the share of chapters whose names ask or tell to do something."""
    titles = [scene.title for scene in evidence.timeline.scenes]
    telling = sum(bool(_ASKS.search(title) or _ACTS.search(title)) for title in titles)
    percent = round(float(Fraction(100 * telling, len(titles))), 1)
    told = "Name scenes by a question or by what is done in them."
    return Verdict(percent >= TELLING_SHARE, percent, told)
