"""The report of a part: what was done to the worker, where and when, and what was found.

Every program in this folder writes one, so that one account can be given of them all::

    report = Report("payloads", seed=7)
    report.figure("payloads", 100_000)
    report.figure("worker deaths", 0, limit=0)
    report.invariant("I1", holds=not stuck, evidence=f"{len(stuck)} jobs stuck: {stuck[:9]}")
    report.write(path)
    sys.exit(report.tell())
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from preview_worker import __version__
from preview_worker.queue.embedded import RedisMissingError, find_server

ROOT = Path(__file__).resolve().parent.parent
_MIB_PER_GIB = 1024
_PACKAGES = ("av", "bullmq", "hiredis", "pillow", "pydantic", "skia-python")

Value = float | str


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that was counted or measured; ``limit`` is the most that it may be."""

    name: str
    value: Value
    unit: str = ""
    limit: float | None = None

    @property
    def met(self) -> bool:
        """Tell whether the limit, if there is one, was kept."""
        return self.limit is None or (not isinstance(self.value, str) and self.value <= self.limit)


@dataclass(frozen=True, slots=True)
class Invariant:
    """Something that must hold whatever happens, and what was looked at to say whether it did."""

    name: str
    holds: bool
    evidence: str


@dataclass(slots=True)
class Report:
    """What one run of a part has to say. A limit that was passed breaks it like an invariant."""

    part: str
    seed: int
    minutes: float | None = None
    faults: dict[str, int] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)
    invariants: list[Invariant] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What could not be done here, in sentences."""
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def figure(
        self, name: str, value: Value, unit: str = "", *, limit: float | None = None
    ) -> None:
        """Add a figure."""
        self.figures.append(Figure(name, value, unit, limit))

    def invariant(self, name: str, *, holds: bool, evidence: str) -> None:
        """Add an invariant with what was seen of it."""
        self.invariants.append(Invariant(name, holds, evidence))

    @property
    def broken(self) -> list[str]:
        """Say, a line each, what does not hold."""
        return [
            *(f"{one.name} is broken: {one.evidence}" for one in self.invariants if not one.holds),
            *(
                f"{one.name} is {one.value} {one.unit}".rstrip() + f", above {one.limit:g}"
                for one in self.figures
                if not one.met
            ),
        ]

    def document(self) -> Mapping[str, object]:
        """Return the report as it is written."""
        return {
            "part": self.part,
            "seed": self.seed,
            "minutes": self.minutes,
            "command": command(),
            "date": self.began.strftime("%Y-%m-%d %H:%M UTC"),
            "wall_s": round((datetime.now(UTC) - self.began).total_seconds(), 1),
            "machine": machine(),
            "versions": versions(),
            "holds": not self.broken,
            "faults": self.faults,
            "figures": [{**asdict(one), "met": one.met} for one in self.figures],
            "invariants": [asdict(one) for one in self.invariants],
            "notes": self.notes,
        }

    def write(self, path: Path | None) -> None:
        """Write the report as JSON, all of it or nothing; None writes nowhere."""
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.draft")
        draft.write_text(json.dumps(self.document(), indent=2) + "\n", encoding="utf-8")
        draft.replace(path)

    def tell(self) -> int:
        """Print the outcome for people; return the exit status: 1 when something is broken."""
        for one in self.figures:
            limit = "" if one.limit is None else f" (at most {one.limit:g})"
            print(f"{one.name}: {one.value} {one.unit}".rstrip() + limit)
        for line in (*self.notes, *self.broken):
            print(line, file=sys.stderr)
        print(f"{self.part}, seed {self.seed}: {'broken' if self.broken else 'all holds'}")
        return 1 if self.broken else 0


def command() -> str:
    """Return how this program was called, without the paths of this machine."""
    name = Path(sys.argv[0])
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    program = f"python -m {spec.name.removesuffix('.__main__')}" if spec else name.name
    return " ".join([program, *_telling(sys.argv[1:])])


def _telling(arguments: Sequence[str]) -> Iterator[str]:
    """Yield the arguments but for those that say where something is written."""
    places = {"--json", "--logs"}
    for before, argument in zip(["", *arguments], arguments, strict=False):
        if before not in places and argument not in places:
            yield Path(argument).name if argument.startswith("/") else argument


def machine() -> Mapping[str, object]:
    """Describe the machine by what decides its speed, and not by its name.

    The load is that of the last five minutes, by whatever runs there.
    """
    return {
        "processor": _processor(),
        "processors": len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count(),
        "memory_gib": _memory_gib(),
        "load": round(os.getloadavg()[1], 1),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
    }


def versions() -> Mapping[str, str]:
    """Return the versions of everything that took part."""
    return {
        "preview-worker": __version__,
        "commit": _said("git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"),
        "python": platform.python_version(),
        "redis": _redis_version(),
        "node": _said("node", "--version"),
        **{name: importlib.metadata.version(name) for name in _PACKAGES},
    }


def _processor() -> str:
    with contextlib.suppress(OSError):
        found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
        if found:
            return found[1]
    return platform.processor() or platform.machine()


def _memory_gib() -> float:
    pages, page_bytes = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return round(pages * page_bytes / _MIB_PER_GIB**3, 1)


def _redis_version() -> str:
    try:
        told = _said(str(find_server()), "--version")
    except RedisMissingError:
        return "none"
    found = re.search(r"v=(\S+)", told)
    return found[1] if found else "unknown"


def _said(program: str, *arguments: str) -> str:
    """Return what a program prints; ``none`` where it is missing or does not know."""
    found = shutil.which(program)
    if found is None:
        return "none"
    done = subprocess.run(
        [found, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "none"
