"""The faults, made: ``python -m chaos PART --seed N``; every part ends in a verdict.

Exit status 0 when everything holds, 1 when something is broken; then all logs are kept.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from chaos import batches, doubles, handback, kills, outages, payloads, readers, soak, storm
from chaos.report import Report

Part = Callable[[Report, Path, argparse.Namespace], Awaitable[None]]


def main() -> int:
    """Run the part that is asked for, and return the exit status."""
    given = _parser().parse_args()
    if sys.platform != "linux":
        sys.exit("The storms need Linux: they read /proc and signal process groups")
    report = Report(given.part, given.seed, getattr(given, "minutes", None))
    folder = given.logs or Path(tempfile.mkdtemp(prefix=f"chaos-{given.part}-"))
    status = 1
    try:
        asyncio.run(_until_told(given.run(report, folder, given)))
        report.write(given.json)
        status = report.tell()
    finally:
        if status:
            print(f"The logs of all processes are in {folder}", file=sys.stderr)
        elif given.logs is None:
            shutil.rmtree(folder, ignore_errors=True)
    return status


async def _until_told(part: Awaitable[None]) -> None:
    """Run a part; SIGTERM ends it as Ctrl-C does, so that it leaves nothing behind."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await part


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__.splitlines()[0])
    parts = parser.add_subparsers(dest="part", required=True)
    part = _part(parts, "storm", _run_storm, "every fault, at random and at the same time")
    part.add_argument("--minutes", type=float, default=5.0, help="how long faults are made")
    part.add_argument("--every-s", type=float, default=2.0, help="from one fault to the next")
    part.add_argument("--workers", type=int, default=2)
    part = _part(parts, "kills", _run_kills, "SIGKILL for workers at random points of their jobs")
    part.add_argument("--jobs", type=int, default=2000)
    part.add_argument("--kills", type=int, default=500)
    part.add_argument("--recovery-s", type=float, default=12.0, help="until the next start")
    part = _part(parts, "handback", _run_handback, "SIGTERM for workers while they render")
    part.add_argument("--runs", type=int, default=200)
    part.add_argument("--next-start-s", type=float, default=1.0, help="p99 until the next start")
    part.add_argument("--exit-s", type=float, default=24.0, help="longest until the worker's end")
    part = _part(parts, "redis", _run_redis, "kill -9 for Redis while a job runs")
    part.add_argument("--rounds", type=int, default=100)
    part.add_argument("--shortest-s", type=float, default=3.0, help="least time it is away")
    part.add_argument("--longest-s", type=float, default=15.0, help="most time it is away")
    part.add_argument("--pickup-s", type=float, default=1.0, help="p99 from PONG to pickup")
    part = _part(parts, "soak", _run_soak, "thousands of jobs through one worker")
    part.add_argument("--jobs", type=int, default=10_000)
    part.add_argument("--warm-up", type=int, default=500)
    part.add_argument("--every", type=int, default=250, help="jobs between two looks")
    part.add_argument("--growth-mib", type=float, default=5.0, help="most growth after warm-up")
    part = _part(parts, "doubles", _run_doubles, "locks deleted under running jobs")
    part.add_argument("--runs", type=int, default=500, help="jobs that two attempts run")
    part.add_argument("--freezes", type=int, default=5, help="workers frozen while they render")
    part = _part(parts, "readers", _run_readers, "previews read while they are replaced")
    part.add_argument("--reads", type=int, default=1_000_000)
    part.add_argument("--publishes", type=int, default=10_000)
    part.add_argument("--readers", type=int, default=2, help="processes that read")
    part = _part(parts, "payloads", _run_payloads, "hostile payloads, here and as jobs of a worker")
    part.add_argument("--count", type=int, default=100_000, help="how many are read here")
    part.add_argument("--queue", type=int, default=1000, help="how many are jobs")
    part.add_argument("--processes", type=int, default=2)
    part = _part(parts, "batches", _run_batches, "batches struck while they run, in a bucket")
    part.add_argument("--count", type=int, default=50, help=f"at most {batches.MOST}")
    part.add_argument("--strikes", type=int, default=100, help="spread over all batches")
    part.add_argument("--at-once", type=int, default=3, help="batches that are not done yet")
    part.add_argument("--workers", type=int, default=3)
    part.add_argument("--shortest-s", type=float, default=2.0, help="least outage of the storage")
    part.add_argument("--longest-s", type=float, default=60.0, help="longest outage of the storage")
    part.add_argument("--recovery-s", type=float, default=120.0, help="last strike to the end")
    part.add_argument("--home", choices=batches.HOMES, default="scenes", help="what workers share")
    return parser


def _part(
    parts: argparse._SubParsersAction[argparse.ArgumentParser], name: str, run: Part, told: str
) -> argparse.ArgumentParser:
    parser = parts.add_parser(name, help=told, description=told)
    parser.set_defaults(run=run)
    parser.add_argument("--seed", type=int, default=1, help="decides every draw")
    parser.add_argument("--json", type=Path, help="where the report goes")
    parser.add_argument("--logs", type=Path, help="keep everything in this folder")
    return parser


async def _run_storm(report: Report, folder: Path, given: argparse.Namespace) -> None:
    plan = storm.Plan(given.workers, given.minutes, given.every_s)
    await storm.storm(report, folder, plan)


async def _run_kills(report: Report, folder: Path, given: argparse.Namespace) -> None:
    await kills.kill_storm(report, folder, kills.Plan(given.jobs, given.kills, given.recovery_s))


async def _run_handback(report: Report, folder: Path, given: argparse.Namespace) -> None:
    plan = handback.Plan(given.runs, given.next_start_s, given.exit_s)
    await handback.hand_backs(report, folder, plan)


async def _run_redis(report: Report, folder: Path, given: argparse.Namespace) -> None:
    plan = outages.Plan(given.rounds, given.shortest_s, given.longest_s, given.pickup_s)
    await outages.outages(report, folder, plan)


async def _run_soak(report: Report, folder: Path, given: argparse.Namespace) -> None:
    plan = soak.Plan(given.jobs, given.warm_up, given.every, given.growth_mib)
    await soak.soak(report, folder, plan)


async def _run_doubles(report: Report, folder: Path, given: argparse.Namespace) -> None:
    await doubles.doubles(report, folder, doubles.Plan(given.runs, given.freezes))


async def _run_readers(report: Report, folder: Path, given: argparse.Namespace) -> None:
    plan = readers.Plan(given.reads, given.publishes, given.readers)
    await readers.readers(report, folder, plan)


async def _run_payloads(report: Report, folder: Path, given: argparse.Namespace) -> None:
    plan = payloads.Plan(given.count, given.queue, given.processes)
    await payloads.payloads(report, folder, plan)


async def _run_batches(report: Report, folder: Path, given: argparse.Namespace) -> None:
    away_s = given.shortest_s, given.longest_s
    crowd = given.count, given.strikes, given.at_once, given.workers
    await batches.batches(
        report, folder, batches.Plan(*crowd, away_s, given.recovery_s, given.home)
    )


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        sys.exit(main())
