"""Whether the finished track is as loud as it should be, judged by what a player decodes of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from preview_worker.contract import Finding, LoudnessFacts
from preview_worker.render.audio.gauge import decibels, measure_frames
from preview_worker.render.soundtrack import Loudness

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

TOLERANCE_LU = 0.5


def judge_loudness(
    frames: Iterable[AudioFrame], loudness: Loudness
) -> tuple[LoudnessFacts, list[Finding]]:
    """Measure a finished track; return the facts and what is wrong with them."""
    reading = measure_frames(frames)
    facts = LoudnessFacts(
        profile=loudness.profile if loudness.levelled else "none",
        integrated_lufs=round(reading.lufs, 2),
        true_peak_dbtp=round(reading.true_peak_db, 2),
        target_lufs=float(loudness.lufs),
        ceiling_dbtp=float(loudness.true_peak_db),
        max_sample_dbfs=round(decibels(reading.highest), 2),
        longest_silence_s=round(reading.longest_silence_s, 3),
    )
    findings = []
    if loudness.levelled and abs(reading.lufs - float(loudness.lufs)) > TOLERANCE_LU:
        told = (
            f"The track has {facts.integrated_lufs:.1f} LUFS instead of {facts.target_lufs:.1f}; "
            "its sounds are too short, too quiet or too uneven to be brought there."
        )
        away = abs(reading.lufs - float(loudness.lufs))
        findings.append(
            Finding("loudness.not_reached", told, measured=round(away, 2), limit=TOLERANCE_LU)
        )
    if reading.true_peak_db > float(loudness.true_peak_db):
        told = (
            f"The track peaks at {facts.true_peak_dbtp:.1f} dBTP, above the "
            f"{facts.ceiling_dbtp:.1f} of its profile."
        )
        findings.append(
            Finding("loudness.peak", told, measured=facts.true_peak_dbtp, limit=facts.ceiling_dbtp)
        )
    return facts, findings
