"""Runs of one contestant, and what is told of them: medians, with the least and the most."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Run:
    """One run. ``peak_mib`` is None where nobody watched, because watching costs a little time."""

    wall_s: float
    cpu_s: float
    peak_mib: float | None = None
    video_bytes: int = 0


@dataclass(slots=True)
class Series:
    """All runs of one contestant."""

    name: str
    runs: list[Run] = field(default_factory=list)

    @property
    def wall_s(self) -> float:
        """The median of the runs' times."""
        return statistics.median(run.wall_s for run in self.runs)

    @property
    def cpu_s(self) -> float:
        """The median of the runs' processor seconds."""
        return statistics.median(run.cpu_s for run in self.runs)

    @property
    def peak_mib(self) -> float:
        """The highest memory of all runs that were watched."""
        return max((run.peak_mib for run in self.runs if run.peak_mib is not None), default=0.0)

    def figures(self) -> dict[str, Any]:
        """Return what the JSON tells of the series."""
        return {
            "wall_s": spread([run.wall_s for run in self.runs]),
            "cpu_s": spread([run.cpu_s for run in self.runs]),
            "peak_mib": round(self.peak_mib, 1),
            "video_bytes": self.runs[-1].video_bytes,
        }

    def line(self, against: float) -> str:
        """Return the table's row; the last column is how many times ``against`` it took."""
        walls = [run.wall_s for run in self.runs]
        return (
            f"{self.name:<34} {self.wall_s:>8.3f}  {min(walls):>8.3f} {max(walls):>8.3f}"
            f"  {self.cpu_s:>7.2f}  {self.peak_mib:>8.0f}  {self.wall_s / against:>7.2f}"
        )


HEADING = (
    f"{'':<34} {'median s':>8}  {'least':>8} {'most':>8}"
    f"  {'CPU s':>7}  {'peak MiB':>8}  {'x cold':>7}"
)


def spread(values: Sequence[float]) -> dict[str, Any]:
    """Return median, least and most of ``values``, and each of them."""
    return {
        "median": round(statistics.median(values), 4),
        "min": round(min(values), 4),
        "max": round(max(values), 4),
        "runs": [round(value, 4) for value in values],
    }
