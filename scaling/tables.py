"""What is printed for people."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from scaling.calibration import TOLERANCE, Check, Figures
from scaling.fleet import Answer, Costs
from scaling.forecast import Bottlenecks
from scaling.stairs import Step
from scaling.trial import Finding


def show_step(step: Step) -> None:
    """Print one step as it is done."""
    print(
        f"{step.workers} workers: {step.wall_s:.1f} s, {step.cpu_s:.2f} CPU s,"
        f" {step.per_cpu_s:.3f} previews a CPU second, {step.rivals:.1f} rivals",
        flush=True,
    )


def show_measured(figures: Figures) -> None:
    """Print what was measured, on one machine."""
    print(
        f"\n{figures['date']}, {figures['processors']} processors;"
        f" same bytes: {figures['same_bytes']}"
    )
    print("\nworkers  previews/s  per CPU s  against one  mean wait s")
    for workers, against in figures["efficiency"].items():
        steps = [step for step in figures["steps"] if step["workers"] == int(workers)]
        count = len(steps[0]["jobs"])
        wall_s = statistics.median(step["wall_s"] for step in steps)
        cpu_s = statistics.median(step["cpu_s"] for step in steps)
        wait_s = statistics.median(
            statistics.fmean(job["wait_s"] for job in step["jobs"]) for step in steps
        )
        print(
            f"{workers:>7}  {count / wall_s:>10.2f}  {count / cpu_s:>9.3f}"
            f"  {against:>11.3f}  {wait_s:>11.2f}"
        )
    if control := figures.get("efficiency_8_against_control"):
        print(f"Eight workers against one for each processor, the same load: {control:.3f}")
    print("\nqueued   lease p50 ms  p99 ms  commands/job  Redis us/job  bytes/job")
    for depth in figures["depths"]:
        print(
            f"{depth['queued']:>7,}  {depth['lease_p50_ms']:>12.2f}  {depth['lease_p99_ms']:>6.2f}"
            f"  {depth['commands']:>12.1f}  {depth['redis_us']:>12.0f}"
            f"  {depth['bytes_per_job']:>9.0f}"
        )
    limit, rest = figures["limit"], figures["rest"]
    print(
        f"\nRedis: {limit['clients']} clients, {limit['jobs_per_s']:.0f} jobs/s with"
        f" {limit['redis_share']:.0%} of a processor;"
        f" {limit['commands_per_s']:,.0f} commands a CPU second"
    )
    print(
        f"A worker without a job: {rest['redis_commands']:.1f} commands/s,"
        f" {rest['cpu_s'] * 100:.1f} % of a processor"
    )
    show_storage(figures["storage"])


def show_storage(storage: Figures) -> None:
    """Print what jobs asked of object storage."""
    told = "; not measured now" if storage.get("recorded") else ""
    print(f"\nRequests to object storage for a job, {storage['measured']}{told}")
    print("job               scenes shared  shots  there  writes  reads     sent  received")
    for case in storage["cases"]:
        print(
            f"{case['name']:<16}  {'yes' if case['shared'] else 'no':>13}  {case['shots']:>5.1f}"
            f"  {case['reused_shots']:>5.1f}  {case['writes']:>6.1f}  {case['reads']:>5.1f}"
            f"  {case['sent_bytes']:>7,.0f}  {case['received_bytes']:>8,.0f}"
        )
    each = ", ".join(f"{rate:.3f} {name}" for name, rate in storage["idle"]["requests"].items())
    print(f"A worker without a job: {each or 'none'} a second")


def show_checks(checks: Sequence[Check]) -> None:
    """Print how well the run was foretold from what one worker did."""
    print("\nworkers  previews/s  foretold  wait s  foretold  worst")
    for one in checks:
        print(
            f"{one.workers:>7}  {one.jobs_per_s:>10.2f}  {one.foretold_jobs_per_s:>8.2f}"
            f"  {one.wait_s:>6.2f}  {one.foretold_wait_s:>8.2f}  {one.worst:>5.0%}"
        )
    if any(one.worst > TOLERANCE for one in checks):
        print(f"Not within {TOLERANCE:.0%}: a short run, or one beside others, says little")


def show_forecast(costs: Costs, answers: Sequence[Answer], ends: Bottlenecks, price: float) -> None:
    """Print what larger fleets would do."""
    print(
        f"\na job: {costs.mean_s:.2f} s, {costs.commands:.0f} Redis commands,"
        f" {costs.puts:.0f} writes and {costs.gets:.0f} reads of objects"
    )
    print("workers  Redis  previews/s  wait p50 s     p99 s  commands/s   used  requests/s")
    for one in answers:
        print(
            f"{one.plan.workers:>7,}  {one.plan.shards:>5}  {one.jobs_per_s:>10.1f}"
            f"  {one.wait_p50_s:>10.3f}  {one.wait_p99_s:>8.3f}  {one.commands_per_s:>10,.0f}"
            f"  {one.redis_share:>5.0%}  {one.storage_per_s:>10,.0f}"
        )
    print(f"One Redis is full with {ends.redis:,} workers, one prefix with {ends.one_prefix:,}.")
    print(f"1,000 previews cost {price:.3f} in processors.")


def show_trial(name: str, waits: Sequence[Finding], endings: Sequence[Finding]) -> None:
    """Print what the settings of one autoscaler came to."""
    print(f"\n{name:<22}  p50 s   p95 s  pods  pod-hours  ended  rendering  cut off")
    for one, ending in zip(waits, endings, strict=True):
        print(
            f"{one.shape:<22}  {one.wait_p50_s:>5.1f}  {one.wait_p95_s:>6.1f}  {one.most_pods:>4}"
            f"  {one.pod_hours:>9.1f}  {ending.ended:>5}  {ending.ended_rendering:>9}"
            f"  {one.cut + ending.cut:>7}"
        )
