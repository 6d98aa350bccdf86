"""The Elite standard, version 1.1.0: its rules with their points, and the score of a preview."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from preview_worker.contract import EliteRule, EliteScore, RuleSeverity, RuleStatus
from preview_worker.render.quality.elite import documents, hearing, looks, structure
from preview_worker.render.quality.elite.evidence import Evidence, Verdict

STANDARD = "1.1.0"
HARD: RuleSeverity = "HARD_FAIL"
SOFT: RuleSeverity = "SOFT_WARN"


class Rule(NamedTuple):
    """A rule by its upstream id: what it is worth, what it wants, and who judges it."""

    id: str
    max: int
    severity: RuleSeverity
    threshold: str
    judge: Callable[[Evidence], Verdict]


RULES = (
    Rule("A1", 60, HARD, "a loudness of -14 LUFS, ±0.5", hearing.judge_loudness),
    Rule("A2", 50, HARD, "a true peak of at most -1 dBTP", hearing.judge_true_peak),
    Rule("A3", 50, HARD, "no sample above -0.1 dBFS", hearing.judge_samples),
    Rule("A4", 20, HARD, "at most 0.5 s of silence", hearing.judge_silence),
    Rule("A5", 20, SOFT, "music at least 18 dB below the narration", hearing.judge_ducking),
    Rule("V1", 40, HARD, "at least 1920x1080 pixels", looks.judge_resolution),
    Rule("V2", 30, HARD, "texts of at least 40 px at 1080p", looks.judge_text_size),
    Rule("V3", 30, HARD, "a contrast of at least 7 to 1", looks.judge_contrast),
    Rule("V4", 30, HARD, "an outline or shadow on texts", looks.judge_outline),
    Rule("V5", 20, HARD, "no watermark", looks.judge_watermark),
    Rule("S1", 50, HARD, f"sections {', '.join(structure.ORDER)}", structure.judge_order),
    Rule("S2", 50, SOFT, "at most 300 s to a recap", structure.judge_blocks),
    Rule("S3", 50, SOFT, "at most 30 s to a picture", structure.judge_gaps),
    Rule("S4", 50, SOFT, "the rulebook for what branches much", structure.judge_compression),
    Rule("R1", 80, HARD, "at most 15 s to the hook", structure.judge_hook),
    Rule("R2", 70, HARD, "an intro of at most 2 s, or a cold open", structure.judge_intro),
    Rule("C1", 60, SOFT, "chapters of 120 to 210 s", structure.judge_chapter_length),
    Rule(
        "C2",
        40,
        SOFT,
        "70 % of chapters named by a question or an action",
        structure.judge_chapter_names,
    ),
    Rule("A11", 40, HARD, "captions as SRT", documents.judge_captions),
    Rule("A12", 40, HARD, "chapters as JSON", documents.judge_chapters),
    Rule("A13", 20, HARD, "a thumbnail", documents.judge_thumbnail),
    Rule("T1", 40, HARD, "the version of the standard in the manifest", documents.judge_version),
    Rule("T2", 30, HARD, "the hash of the script in the manifest", documents.judge_script_hash),
    Rule(
        "T3",
        30,
        HARD,
        "the hash of an operator's confirmation in the manifest",
        documents.judge_confirmation,
    ),
)


def score(evidence: Evidence) -> EliteScore:
    """Judge every rule; one that cannot be measured earns nothing and is counted apart."""
    rules = tuple(_scored(rule, rule.judge(evidence)) for rule in RULES)
    return EliteScore(
        standard=STANDARD,
        score=sum(rule.points for rule in rules),
        max=sum(rule.max for rule in rules),
        unmeasured=sum(rule.max for rule in rules if rule.status == "not_measured"),
        rules=rules,
        script_hash=documents.script_hash(evidence.job),
        confirmation_hash=documents.confirmation_hash(evidence.job),
    )


def _scored(rule: Rule, verdict: Verdict) -> EliteRule:
    return EliteRule(
        id=rule.id,
        points=rule.max if verdict.holds else 0,
        max=rule.max,
        severity=rule.severity,
        status="not_measured" if verdict.holds is None else _STATUS[verdict.holds],
        measured=verdict.measured,
        threshold=rule.threshold,
        missing="" if verdict.holds else verdict.missing,
    )


_STATUS: dict[bool, RuleStatus] = {True: "passed", False: "failed"}
