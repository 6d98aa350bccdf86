"""The quality scorer of Mobius' tutorial generator, from the points that it gives: 100 at most."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.golden.upstream import CORE, cue_count, read

Json = dict[str, Any]
OPENINGS, CLOSINGS = {"hook", "intro"}, {"end_card", "recap"}


def score(folder: Path) -> dict[str, int]:
    """Return the points of every category."""
    segments = read(folder, "script.json")["segments"]
    kinds = [segment["type"] for segment in segments]
    seconds = float(read(folder, "ffprobe.json")["format"]["duration"])
    return {
        "structureClarity": _structure(segments, kinds),
        "stepSequencing": _sequence(kinds),
        "captionCoverage": _captions(cue_count(folder), seconds),
        "visualReviewCoverage": _review(folder),
        "pacing": _pacing(segments, seconds),
        "reproducibility": _reproducibility(folder),
        "assetCompleteness": _completeness(folder, len(segments)),
        "readability": _readability(segments),
    }


def _tiered(value: float, *tiers: tuple[float, float, int], otherwise: int = 0) -> int:
    return next((points for low, high, points in tiers if low <= value <= high), otherwise)


def _structure(segments: list[Json], kinds: list[str]) -> int:
    short = sum(len(one["narration"]) <= 10 for one in segments)
    return (
        4 * bool(OPENINGS & {*kinds})
        + 4 * bool(CLOSINGS & {*kinds})
        + _tiered(len(kinds), (8, 15, 6), (5, 10**6, 3))
        + max(0, 6 - short)
    )


def _sequence(kinds: list[str]) -> int:
    opened = kinds[0] in OPENINGS
    core = kinds.index("core_mechanic") if "core_mechanic" in kinds else None
    scoring = kinds.index("scoring") if "scoring" in kinds else None
    ordered = 2 if core is scoring is None else 3
    if core is not None and scoring is not None and core < scoring:
        ordered = 5
    return (5 if opened else 2) + 5 * (kinds[-1] in CLOSINGS) + ordered


def _captions(cues: int, seconds: float) -> int:
    often = cues / (seconds / 60)
    return _tiered(cues, (20, 10**6, 8), (10, 20, 5)) + _tiered(
        often, (10, 10**6, 7), (5, 10, 4), otherwise=2
    )


def _review(folder: Path) -> int:
    told = read(folder, "visual-qa/visual-qa-manifest.json")
    frames = len(list((folder / "visual-qa" / "frames").glob("frame-*.jpg")))
    stamps = told["timestamps"]
    span = (stamps[-1] - stamps[0]) / told["videoDuration"]
    return _tiered(frames, (8, 99, 7), (4, 8, 4)) + (8 if span > 0.8 else 5 if span > 0.5 else 2)


def _pacing(segments: list[Json], seconds: float) -> int:
    mean = sum(one["durationSec"] for one in segments) / len(segments)
    return _tiered(seconds, (60, 120, 5), (45, 180, 3)) + _tiered(
        mean, (4, 12, 5), (2, 20, 3), otherwise=1
    )


def _reproducibility(folder: Path) -> int:
    review = ("visual-qa/contact-sheet.jpg", "visual-qa/visual-qa-manifest.json")
    core = all((folder / name).is_file() for name in CORE)
    return 5 * core + (5 if all((folder / name).is_file() for name in review) else 2)


def _completeness(folder: Path, segments: int) -> int:
    manifest = read(folder, "manifest.json")
    stages = sum(bool(manifest.get(n)) for n in ("script", "storyboard", "captions", "render"))
    return round(stages / 4 * 5) + (5 if manifest["render"]["scenes"] == segments else 2)


def _readability(segments: list[Json]) -> int:
    words = sum(len(one["narration"].split()) for one in segments) / len(segments)
    return _tiered(words, (15, 60, 5), (8, 100, 3), otherwise=1)
