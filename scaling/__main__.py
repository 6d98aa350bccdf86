"""Growth, measured and foretold: ``python -m scaling [--quick] [--json PATH] [--from PATH]``.

Measures workers on this machine, a deep queue and the limit of Redis; checks the simulation against
what was measured; foretells larger fleets; tries the autoscaling that we ship. Exit status 0 when
previews are the same bytes, eight workers are as thrifty as one, and autoscaling holds.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.site import a_queue
from chaos.report import command, machine, versions
from scaling import tables
from scaling.calibration import Figures, checks, costs, load
from scaling.depth import measure_depth, measure_limit
from scaling.forecast import bottlenecks, forecast, price_of_1000
from scaling.rivals import processors
from scaling.sameness import differences
from scaling.shipped import by_cpu, by_jobs
from scaling.stairs import Flight, Stairs
from scaling.storage import measure_storage_of, storage_here
from scaling.thrift import against_control, efficiencies, spreads
from scaling.trial import try_endings, try_waits

EFFICIENCY = 0.9
QUICK = Flight(12, 3, 6, "1280x720", down=(8, 1))
FULL = Flight(24, 3, 8, "1280x720", climbs=3)


def measure(*, quick: bool) -> dict[str, Any]:
    """Run real workers and a real Redis; return the figures that the simulations stand on."""
    stairs = Stairs(QUICK if quick else FULL)
    with tempfile.TemporaryDirectory() as folder, a_queue("scaling") as queue:
        stairs.climb(queue, Path(folder) / "data", tables.show_step)
    queued, probes, drained = (5_000, 200, 2_000) if quick else (100_000, 500, 10_000)
    with a_queue("empty") as queue:
        depths = [measure_depth(queue, 0, probes)]
        depths.append(measure_depth(replace(queue, queue_name="deep"), queued, probes))
    with a_queue("limit") as queue:
        limit = measure_limit(queue, drained)
    steps = stairs.steps
    told = [{k: v for k, v in asdict(step).items() if k != "files"} for step in steps]
    thrift = efficiencies(told)
    different = sorted({name for step in steps for name in differences(steps[0].files, step.files)})
    return {
        "command": command(),
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": machine(),
        "versions": versions(),
        "processors": processors(),
        "same_bytes": not different,
        "different_files": different[:20],
        "efficiency": thrift,
        "efficiency_spread": spreads(told),
        "efficiency_8": thrift["8"],
        "efficiency_8_against_control": against_control(thrift, processors()),
        "steps": told,
        "rest": asdict(stairs.rest) if stairs.rest else None,
        "depths": [asdict(depth) for depth in depths],
        "limit": asdict(limit),
        "storage": storage(quick=quick),
    }


def storage(*, quick: bool) -> dict[str, Any]:
    """Count requests to a storage where there is one; else return those that were recorded."""
    root = storage_here()
    if quick or root is None:
        return {**load()["storage"], "recorded": True}
    return measure_storage_of(root, range(FULL.least_scenes, FULL.most_scenes + 1), FULL.size, 60)


def simulate(figures: Figures, given: argparse.Namespace) -> dict[str, Any]:
    """Foretell from the figures; print what comes out, and return it."""
    measured = costs(figures)
    checked = checks(figures, given.seed)
    tables.show_checks(checked)
    answers = list(forecast(measured, given.busy, given.seed, 300 if given.quick else 10_000))
    ends = bottlenecks(measured, given.busy)
    price = price_of_1000(measured, given.busy, given.core_hour)
    tables.show_forecast(measured, answers, ends, price)
    tried = {}
    seeds = range(given.seed, given.seed + (1 if given.quick else 3))
    for name, settings in (("KEDA", by_jobs()), ("HPA", by_cpu())):
        waits = try_waits(settings, measured.service_s, seeds)
        endings = try_endings(settings, measured.service_s, seeds)
        tables.show_trial(name, waits, endings)
        tried[name] = {
            "waits": [asdict(one) for one in waits],
            "endings": [asdict(one) for one in endings],
            "holds": all(one.holds for one in waits) and not any(one.cut for one in endings),
        }
    return {
        "checks": [{**asdict(one), "worst": one.worst} for one in checked],
        "forecast": [asdict(one) for one in answers],
        "bottlenecks": asdict(ends),
        "price_of_1000": price,
        "autoscaling": tried,
    }


def verdict(figures: Figures) -> list[str]:
    """Say, a line each, what does not hold."""
    wrong = []
    if not figures["same_bytes"]:
        wrong.append(f"Previews differ: {figures['different_files']}")
    if figures["efficiency_8"] < EFFICIENCY:
        wrong.append(
            f"Eight workers make {figures['efficiency_8']} of what one makes of a CPU second"
        )
    wrong += [
        f"{name}'s settings fail"
        for name, one in figures["autoscaling"].items()
        if not one["holds"]
    ]
    return wrong


def main() -> int:
    """Measure or read, simulate, print, write; return the exit status."""
    given = _parser().parse_args()
    if sys.platform != "linux":
        sys.exit("This needs Linux: it reads /proc")
    measured = load(given.given) if given.given else measure(quick=given.quick)
    tables.show_measured(measured)
    figures = {**measured, **simulate(measured, given)}
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    wrong = verdict(figures)
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scaling", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small, within two minutes")
    parser.add_argument("--json", type=Path, help="where the figures go")
    parser.add_argument(
        "--from", dest="given", type=Path, help="simulate with an earlier run's figures"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--busy", type=float, default=0.8, help="share of their time that workers work"
    )
    parser.add_argument("--core-hour", type=float, default=0.04, help="price of a processor's hour")
    return parser


if __name__ == "__main__":
    sys.exit(main())
