"""Mutated files in the render process: ``python -m chaos.media --seed N --files 20000``.

Every file is looked at as a picture and listened to as a sound, in the worker's own render
processes, a hundred files in each. Whatever comes of a file has to be success, a refusal, or a
crash that is told as one. Exit status 0 when that holds, 1 when something is broken.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from chaos.canary import Canary
from chaos.mutations import MUTATIONS, mutate
from chaos.report import Report
from chaos.sieve import LINES, OK
from chaos.specimens import Specimen, scripts, specimens
from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.events import ChildExited
from preview_worker.render import RenderSettings
from preview_worker.worker.nursery import Nursery
from preview_worker.worker.ports import RenderTask
from preview_worker.worker.rendering import ChildRenderer
from preview_worker.worker.settings import WorkerSettings
from tests.fakes.observers import Recorder
from tests.unit.render.jobs import job_of

BATCH = 100
BUDGET_S = 10.0
"""What one file may take, as a picture and as a sound; the specification's decode budget."""
_BATCH_S = 120.0
_HANGS = {ErrorCode.TIMEOUT, ErrorCode.STARVED}
_TOLD = {ErrorCode.CRASH, ErrorCode.MEMORY, ErrorCode.CHILD_KILLED} | _HANGS
_MIB = 1024
_TRICKS_SHARE = 0.1
"""How many files are made of scripts; those that real files are made of go deeper."""


@dataclass(slots=True)
class Tally:
    """What came of all files so far."""

    outcomes: Counter[str] = field(default_factory=Counter)
    mutations: Counter[str] = field(default_factory=Counter)
    worst_s: float = 0.0
    slow: list[str] = field(default_factory=list)
    hung: list[str] = field(default_factory=list)
    unclassified: list[str] = field(default_factory=list)
    openings: int = 0
    calls: int = 0

    def take(self, line: dict[str, object]) -> None:
        """Add what a render process wrote of a file."""
        name, outcomes, spent_s = line["name"], line["outcomes"], line["spent_s"]
        assert isinstance(outcomes, list)
        assert isinstance(spent_s, float)
        self.worst_s = max(self.worst_s, spent_s)
        if spent_s > BUDGET_S:
            self.slow.append(f"{name}: {spent_s} s")
        for use, outcome in zip(("picture", "sound"), outcomes, strict=True):
            self.outcomes[f"{use}: {outcome.partition(': ')[0]}"] += 1
            if outcome != OK and not outcome.startswith("invalid."):
                self.unclassified.append(f"{name} as {use}: {outcome}")


@dataclass(slots=True)
class Fuzz:
    """One run: where it takes place, and what it has found."""

    seed: int
    folder: Path
    renderer: ChildRenderer
    canary: Canary
    kinds: list[Specimen]
    tricks: list[Specimen]
    settings: RenderSettings
    tally: Tally = field(default_factory=Tally)

    async def batch(self, first: int, count: int) -> None:
        """Make files ``first`` to ``first + count``, and have all of them sifted."""
        root = self.settings.asset_roots[0]
        for number in range(first, first + count):
            name, content = self._file(number)
            (root / name).write_bytes(content)
        out = Path(tempfile.mkdtemp(dir=self.folder))
        while await self._sifted(out, count):
            pass
        self.tally.openings += self.canary.openings()
        self.tally.calls += self.canary.calls()
        for path in root.iterdir():
            path.unlink()
        shutil.rmtree(out)

    def _file(self, number: int) -> tuple[str, bytes]:
        plain = [*self.tricks, *self.kinds]
        if number < len(plain):
            return f"{number:06}-{plain[number].name}", plain[number].content
        draw = random.Random(f"{self.seed}-{number}")
        kind = draw.choice(self.tricks if draw.random() < _TRICKS_SHARE else self.kinds)
        other = draw.choice(plain)
        names, content = mutate(draw, kind.content, other.content)
        self.tally.mutations.update(names.split("+"))
        return f"{number:06}-{names}-{kind.name}"[:200], content

    async def _sifted(self, out: Path, count: int) -> bool:
        """Have what has no line yet sifted; tell whether there is something left."""
        lines = out / LINES
        try:
            task = RenderTask("media", job_of(), out)
            await self.renderer.render(task, lambda *_: None)
        except PreviewError as error:
            if error.code not in _TOLD:
                raise
            done = len(lines.read_text(encoding="utf-8").splitlines()) if lines.exists() else 0
            names = sorted(path.name for path in self.settings.asset_roots[0].iterdir())
            self._blame(names[done], error.code)
            with lines.open("a", encoding="utf-8") as file:
                file.write("null\n")
            if done + 1 < count:
                return True
        for line in map(json.loads, lines.read_text(encoding="utf-8").splitlines()):
            if line is not None:
                self.tally.take(line)
        return False

    def _blame(self, name: str, code: ErrorCode) -> None:
        self.tally.outcomes[f"process: {code.code}"] += 1
        if code in _HANGS:
            self.tally.hung.append(name)
        elif code is not ErrorCode.CRASH:
            self.tally.unclassified.append(f"{name}: {code.code}")
        shutil.copy(self.settings.asset_roots[0] / name, self.folder / f"blamed-{name}")


async def fuzz(report: Report, folder: Path, files: int) -> None:
    """Make ``files`` files in ``folder``, and write into ``report`` what came of them."""
    root = folder / "assets"
    root.mkdir(parents=True)
    (folder / "made").mkdir()
    settings, canary, recorder = (
        RenderSettings(asset_roots=(root,)),
        Canary.beside(folder),
        Recorder(),
    )
    kinds, tricks = specimens(folder / "made"), scripts(canary.file, canary.port)
    nursery = Nursery("chaos.sieve:sift", "chaos.sieve:warm_up")
    renderer = ChildRenderer(nursery, recorder, settings, WorkerSettings(render_timeout_s=_BATCH_S))
    run = Fuzz(report.seed, folder, renderer, canary, kinds, tricks, settings)
    await renderer.start()
    zygote = nursery.zygote_pid
    try:
        for first in range(0, files, BATCH):
            await run.batch(first, min(BATCH, files - first))
    finally:
        await renderer.close()
        canary.close()
    exits = recorder.all_of(ChildExited)
    _tell(report, files, run)
    report.figure("render processes", len(exits))
    report.figure("most memory of one", round(max(e.rss_kib for e in exits) / _MIB), "MiB")
    report.figure("zygotes that had to be replaced", int(zygote != _last(nursery, zygote)), limit=0)


def _last(nursery: Nursery, otherwise: int | None) -> int | None:
    return nursery.zygote_pid or otherwise


def _tell(report: Report, files: int, run: Fuzz) -> None:
    tally = run.tally
    report.faults.update(sorted(tally.mutations.items()))
    report.figure("files", files)
    report.figure("kinds of files", len(run.kinds) + len(run.tricks))
    report.figure("kinds of mutations", len(MUTATIONS))
    for outcome, count in sorted(tally.outcomes.items()):
        report.figure(outcome, count)
    report.figure("longest for one file", round(tally.worst_s, 2), "s", limit=BUDGET_S)
    for name, found in (
        ("nothing hangs", [*tally.hung, *tally.slow]),
        ("nothing is unclassified", tally.unclassified),
    ):
        report.invariant(name, holds=not found, evidence="; ".join(found[:9]) or "none seen")
    report.figure("openings of the canary", tally.openings, limit=0)
    report.figure("connections to the canary", tally.calls, limit=0)


def main() -> int:
    """Run what was asked for, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m chaos.media", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--json", type=Path, help="where the report goes")
    parser.add_argument("--keep", type=Path, help="keep files that were blamed in this folder")
    given = parser.parse_args()
    report = Report("media", given.seed)
    with tempfile.TemporaryDirectory(prefix="media-") as folder:
        asyncio.run(fuzz(report, given.keep or Path(folder), given.files))
    report.write(given.json)
    return report.tell()


if __name__ == "__main__":
    sys.exit(main())
