"""Whether the finished track is as loud as it should be, judged from the file that is published."""

from __future__ import annotations

from pathlib import Path

from preview_worker.contract import Finding, LoudnessFacts
from preview_worker.render.audio.gauge import measure_file
from preview_worker.render.soundtrack import Loudness

TOLERANCE_LU = 0.5


def judge_loudness(path: Path, loudness: Loudness) -> tuple[LoudnessFacts, list[Finding]]:
    """Measure the track of the video at ``path``; return the facts and what is wrong with them."""
    reading = measure_file(path)
    facts = LoudnessFacts(
        profile=loudness.profile if loudness.levelled else "none",
        integrated_lufs=round(reading.lufs, 2),
        true_peak_dbtp=round(reading.true_peak_db, 2),
        target_lufs=float(loudness.lufs),
        ceiling_dbtp=float(loudness.true_peak_db),
    )
    findings = []
    if loudness.levelled and abs(reading.lufs - float(loudness.lufs)) > TOLERANCE_LU:
        told = (
            f"The track has {facts.integrated_lufs:.1f} LUFS instead of {facts.target_lufs:.1f}; "
            "its sounds are too short, too quiet or too uneven to be brought there."
        )
        findings.append(Finding("loudness.not_reached", told))
    if reading.true_peak_db > float(loudness.true_peak_db):
        told = (
            f"The track peaks at {facts.true_peak_dbtp:.1f} dBTP, above the "
            f"{facts.ceiling_dbtp:.1f} of its profile."
        )
        findings.append(Finding("loudness.peak", told))
    return facts, findings
