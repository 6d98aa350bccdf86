"""How long a preview takes, against MoviePy, PyAV and FFmpeg on the same stills in one run.

Ours is measured through the real worker, from lease to settlement, its zygote warm: painting,
encoding, captions, pictures, probing and publishing. The peers get the painted stills for nothing.
All take turns, several times, and medians are compared: on a busy machine a single run says little.
Memory is watched in the first turn alone, because watching takes a little time.

    python -m benchmarks.render [--repeats 5] [--quick] [--json PATH]
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import contest
from benchmarks.figures import HEADING, Series
from benchmarks.press import a_press
from benchmarks.trials import Scale, Trials, make_media

Figures = dict[str, Any]
FULL = Scale(
    repeats=5,
    text_size="1920x1080",
    moving_size="1280x720",
    scenes=11,
    zooming_scenes=6,
    staged_scenes=6,
    long_scenes=300,
    judged_scenes=5,
)
QUICK = Scale(
    repeats=1,
    text_size="320x180",
    moving_size="320x180",
    scenes=3,
    zooming_scenes=1,
    staged_scenes=2,
    long_scenes=9,
    judged_scenes=3,
)
OURS = ("cold", "edited", "unchanged", "command")
NOTES = {
    "seconds": "Median of the runs. Ours: from lease to settlement by the worker's own clock; the "
    "whole command: from its start to its end. Peers: from the first still to the finished file, "
    "without their imports. FFmpeg: its whole process.",
    "cold": "Every run is an edition of its own, so that nothing of it was ever rendered.",
    "edited": "The edition before it with one word more in one scene.",
    "unchanged": "The same job again; the worker finds it published.",
    "peak_mib": "PSS of worker, zygote and render process together, or of the peer's processes, "
    "sampled every 20 ms in the first run.",
    "ratio": "Seconds of the peer through seconds of ours, cold; cpu_ratio is the same of "
    "processor seconds, which other work on the machine disturbs less.",
}


def measure(trials: Trials) -> Figures:
    """Carry out every trial and return all figures; the table's rows are printed on the way."""
    texts, missing = trials.texts()
    cold = texts[0]
    print(HEADING)
    _show(texts, cold)
    moving, motion = trials.moving()
    _show(moving, cold)
    long, growth = trials.growth(cold)
    _show([long], cold)
    ours, theirs = texts[: len(OURS)], texts[len(OURS) :]
    return {
        "text": {name: series.figures() for name, series in zip(OURS, ours, strict=True)},
        "peers": {series.name: series.figures() for series in theirs},
        "missing_peers": missing,
        "ratio": {series.name: round(series.wall_s / cold.wall_s, 2) for series in theirs},
        "cpu_ratio": {series.name: round(series.cpu_s / cold.cpu_s, 2) for series in theirs},
        "motion": motion,
        "growth": {**growth, **long.figures()},
        "live": trials.live(),
        "quality": trials.quality(),
    }


def _show(rows: list[Series], cold: Series) -> None:
    for series in rows:
        print(series.line(cold.wall_s), flush=True)


def _tell(figures: Figures) -> None:
    """Print what is no row of the table."""
    for kind, told in figures["motion"].items():
        print(
            f"{kind}: {told['times_real_time']} times real time, {told['moving_share']:.0%} of the "
            "frames move"
        )
    growth = figures["growth"]
    print(
        f"{growth['scenes'][1]} scenes against {growth['scenes'][0]}: "
        f"{growth['time_ratio_per_scene']} of the time a scene, {growth['memory_ratio']} of the "
        "memory"
    )
    live = figures["live"]["first_segment_s"]
    print(f"first live segment: {live['median'] if live else figures['live']['why']}")
    _tell_quality(figures["quality"])
    for name, why in figures["missing_peers"].items():
        print(f"without {name}: {why}")


def _tell_quality(quality: Figures) -> None:
    print(f"SSIM of what goes into an encoder: {quality['unencoded']['ssim_mean']}")
    print(f"ours: SSIM {quality['ours']['ssim_mean']}, {quality['ours']['video_bytes']} B")
    for name, told in quality["x264_medium"].items():
        print(
            f"  x264 medium {name} (crf {told['crf']}): SSIM {told['ssim_mean']}, "
            f"{told['video_bytes']} B; ours is {told['size_ratio']} of it"
        )


def _versions() -> Figures:
    ours = ("mobius-preview-worker", "av", "skia-python", "pillow", "numpy")
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        **{name: importlib.metadata.version(name) for name in ours},
        "peers": contest.versions(),
    }


def main() -> None:
    """Measure, print the table, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int)
    parser.add_argument("--quick", action="store_true", help="one small run of each, as a smoke")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    if not Path("/proc/self/smaps_rollup").exists():
        sys.exit("This benchmark reads memory and processor time from Linux's /proc")
    scale = QUICK if given.quick else FULL
    scale = replace(scale, repeats=given.repeats or scale.repeats)
    begin_s = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with a_press(folder / "press", make_media(folder / "media", scale)) as press:
            figures = measure(Trials(scale, press, folder))
    _tell(figures)
    if given.json:
        told = {
            "benchmark": "render",
            "quick": given.quick,
            "repeats": scale.repeats,
            **figures,
            "notes": NOTES,
            "took_s": round(time.monotonic() - begin_s, 1),
            "versions": _versions(),
        }
        given.json.write_text(json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    main()
