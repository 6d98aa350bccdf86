"""The rules about sound: loudness, peaks, silence, and music below the narration."""

from __future__ import annotations

from math import log10

from preview_worker.contract import LoudnessFacts
from preview_worker.render.quality.elite.evidence import LATER, Evidence, Verdict

LUFS, TOLERANCE_LU = -14.0, 0.5
TRUE_PEAK_DBTP, SAMPLE_DBFS = -1.0, -0.1
SILENCE_S = 0.5
MUSIC_BELOW_DB = 18.0
_QUIETEST = 1e-6
_MUTE = Verdict(holds=False, missing="Nothing is heard: add a narration.")


def _facts(evidence: Evidence) -> LoudnessFacts | Verdict:
    if evidence.media is None:
        return LATER
    return evidence.media.loudness or _MUTE


def judge_loudness(evidence: Evidence) -> Verdict:
    """A1: the integrated loudness."""
    facts = _facts(evidence)
    if isinstance(facts, Verdict):
        return facts
    lufs = facts.integrated_lufs
    return Verdict(
        abs(lufs - LUFS) <= TOLERANCE_LU,
        lufs,
        "Choose a loudness profile of -14 LUFS, and a recording that reaches it.",
    )


def judge_true_peak(evidence: Evidence) -> Verdict:
    """A2: the true peak."""
    facts = _facts(evidence)
    if isinstance(facts, Verdict):
        return facts
    peak = facts.true_peak_dbtp
    return Verdict(peak <= TRUE_PEAK_DBTP, peak, "Choose a profile with a ceiling of -1 dBTP.")


def judge_samples(evidence: Evidence) -> Verdict:
    """A3: the highest sample."""
    facts = _facts(evidence)
    if isinstance(facts, Verdict):
        return facts
    highest = facts.max_sample_dbfs
    if highest is None:
        return LATER
    return Verdict(highest <= SAMPLE_DBFS, highest, "Lower the loudest moments.")


def judge_silence(evidence: Evidence) -> Verdict:
    """A4: the longest silence, whether anybody meant it or not."""
    facts = _facts(evidence)
    if isinstance(facts, Verdict):
        return facts
    longest = facts.longest_silence_s
    if longest is None:
        return LATER
    return Verdict(
        longest <= SILENCE_S, longest, "Put music below, or let narrations follow closer."
    )


def judge_ducking(evidence: Evidence) -> Verdict:
    """A5: how far the music is below the narration while somebody speaks, as it is mixed."""
    sound = evidence.timeline.sound
    voiced = sound.narrations or any(scene.voice for scene in evidence.timeline.scenes)
    lost = any(finding.code == "music.missing" for finding in evidence.findings)
    if sound.music is None or lost or not voiced:
        return Verdict(holds=True)
    depth = float(sound.ducking.depth) if sound.ducking.mode == "envelope" else 1.0
    below_db = round(-20 * log10(max(float(sound.music.gain) * depth, _QUIETEST)), 1)
    return Verdict(below_db >= MUSIC_BELOW_DB, below_db, "Lower the music, or duck it deeper.")
