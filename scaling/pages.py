"""What a run has found, as it stands in docs/scaling.md: lines of Markdown for each block."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from scaling.calibration import TOLERANCE, Figures, costs
from scaling.forecast import PUTS_PER_PREFIX

_OVERFULL = 1.0
_COLUMNS = (
    ("`PUT` files", ("PUT previews",)),
    ("`PUT` `jobs/`, pointer", ("PUT jobs", "PUT pointers")),
    ("`PUT` scenes", ("PUT scenes",)),
    ("`GET` pointer", ("GET pointers",)),
    ("`GET` scenes", ("GET scenes",)),
)


def workers(figures: Figures) -> Iterator[str]:
    """Tell of the steps: what was measured, and what was foretold of it."""
    machine, versions, steps = figures["machine"], figures["versions"], figures["steps"]
    each = sum(step["workers"] == 1 for step in steps)
    yield f"`make scale` on {figures['date'][:10]} on {figures['processors']} processors of an"
    yield f"{machine['processor']} with Python {versions['python']} and Redis {versions['redis']},"
    yield f"at a load average of {machine['load']:.1f} when it began;"
    yield "`scaling/recorded.json` has all of it."
    yield f"{len(steps[0]['jobs'])} tutorials of 3 to 8 scenes at 720p at each step,"
    yield f"and {each} steps for each count:"
    yield ""
    yield from _head(
        "workers",
        "previews a second",
        "foretold",
        "mean wait",
        "foretold",
        "previews a CPU second, against one worker",
        "least and greatest of a climb",
    )
    for check in figures["checks"]:
        count = str(check["workers"])
        spread = figures.get("efficiency_spread", {}).get(count)
        yield _row(
            count,
            f"{check['jobs_per_s']:.2f}",
            f"{check['foretold_jobs_per_s']:.2f}",
            f"{check['wait_s']:.1f} s",
            f"{check['foretold_wait_s']:.1f} s",
            f"{figures['efficiency'][count]:.2f}",
            f"{spread[0]:.2f} to {spread[1]:.2f}" if spread else "not told",
        )
    yield ""
    yield f"Previews were {'' if figures['same_bytes'] else 'NOT '}the same bytes at every step."
    if control := figures.get("efficiency_8_against_control"):
        yield f"Against one worker for each processor, eight made {control:.2f}."
    yield _accuracy(figures)


def _accuracy(figures: Figures) -> str:
    far = [
        f"{name} of {check['workers']}"
        for check in figures["checks"]
        for name, seen, foretold in (
            ("throughput", check["jobs_per_s"], check["foretold_jobs_per_s"]),
            ("wait", check["wait_s"], check["foretold_wait_s"]),
        )
        if abs(foretold / seen - 1) > TOLERANCE
    ]
    return f"Not foretold within {TOLERANCE:.0%}: {', '.join(far) or 'nothing'}."


def depths(figures: Figures) -> Iterator[str]:
    """Tell of a deep queue, of Redis' limit, and of a worker without a job."""
    yield from _head(
        "queued",
        "lease p50",
        "p99",
        "commands a job",
        "Redis' time a job",
        "Redis' memory a job",
    )
    for one in figures["depths"]:
        yield _row(
            f"{one['queued']:,}",
            f"{one['lease_p50_ms']:.2f} ms",
            f"{one['lease_p99_ms']:.1f} ms",
            f"{one['commands']:.1f}",
            f"{one['redis_us'] / 1000:.2f} ms",
            f"{one['bytes_per_job'] / 1000:.1f} kB",
        )
    rest, limit = figures["rest"], figures["limit"]
    yield ""
    yield f"A worker without a job asks Redis {rest['redis_commands']:.1f} times a second and uses"
    yield f"{rest['cpu_s']:.1%} of a processor. {limit['clients']} clients made"
    yield f"{limit['commands_per_s']:,.0f} commands of a second of Redis' processor."


def storage(figures: Figures) -> Iterator[str]:
    """Tell what jobs of each kind ask of object storage."""
    told = figures["storage"]
    yield f"Requests that one preview makes to object storage, counted on {told['measured'][:10]}:"
    yield ""
    names = [name for name, _ in _COLUMNS]
    yield from _head("job", "scenes shared", "shots", *names, "sent", "received")
    for case in told["cases"]:
        counts = (sum(case["requests"].get(one, 0) for one in wanted) for _, wanted in _COLUMNS)
        yield _row(
            case["name"],
            "yes" if case["shared"] else "no",
            f"{case['shots']:g}",
            *(f"{count:g}" for count in counts),
            f"{case['sent_bytes'] / 1000:,.0f} kB",
            f"{case['received_bytes'] / 1000:,.0f} kB",
        )
    rates = told["idle"]["requests"].items()
    yield ""
    yield "Besides, each worker makes in a second, with jobs or without:"
    yield f"{', '.join(f'{rate:.2f} `{name}`' for name, rate in rates)}."


def fleets(figures: Figures) -> Iterator[str]:
    """Tell what larger fleets would do."""
    yield "What larger fleets would do, with a processor for each worker and"
    yield f"{costs(figures).mean_s:.2f} s a preview:"
    yield ""
    yield from _head(
        "workers",
        "Redis",
        "previews a second",
        "wait p50",
        "p99",
        "commands a second",
        "of Redis' limit",
        "requests to objects a second",
    )
    for one in figures["forecast"]:
        plan, full = one["plan"], one["redis_share"] > _OVERFULL
        waits = (one["wait_p50_s"], one["wait_p99_s"])
        yield _row(
            f"{plan['workers']:,}",
            str(plan["shards"]),
            f"{one['jobs_per_s']:,.0f}",
            *("grows" if full else f"{wait_s:.3f} s" for wait_s in waits),
            f"{one['commands_per_s']:,.0f}",
            f"{one['redis_share']:.0%}",
            f"{one['storage_per_s']:,.0f}",
        )
    yield ""
    yield f"1,000 previews cost {figures['price_of_1000']:.3f} in processors,"
    yield "at 0.04 for a core-hour."


def ends(figures: Figures) -> Iterator[str]:
    """Tell with how many workers each part of the whole is full."""
    full, most = figures["bottlenecks"], max(one["plan"]["shards"] for one in figures["forecast"])
    yield f"- One prefix of object storage is full with **{full['one_prefix']} workers**: S3"
    yield f"  promises {PUTS_PER_PREFIX:,} writes a second, of which a preview makes"
    yield f"  {costs(figures).puts:g}."
    yield f"- One Redis works for 60 % of its time with **{full['redis']} workers**;"
    yield f"  10,000 workers need {most} of them."


def autoscaling(figures: Figures) -> Iterator[str]:
    """Tell how the settings that we ship did on every shape of load."""
    names = tuple(figures["autoscaling"])
    told = [(f"{name}: p95 of waits", "most pods", "pod-hours") for name in names]
    yield from _head("shape", *chain(*told))
    tried = [figures["autoscaling"][name] for name in names]
    for shape in zip(*(one["waits"] for one in tried), strict=True):
        cells = [
            (f"{one['wait_p95_s']:.1f} s", str(one["most_pods"]), f"{one['pod_hours']:.1f}")
            for one in shape
        ]
        yield _row(shape[0]["shape"], *chain(*cells))
    endings = [ending for one in tried for ending in one["endings"]]
    ended, rendering = (sum(one[key] for one in endings) for key in ("ended", "ended_rendering"))
    lost = sum(one["handed_back"] + one["killed"] for one in endings)
    yield ""
    yield "Once more with a tenth of the renders as long as `PREVIEW_RENDER_TIMEOUT_S` allows,"
    yield f"{ended} pods were told to end, {rendering} of them while they rendered;"
    yield f"{lost} renders were handed back or killed."


def _head(*names: str) -> Iterator[str]:
    yield _row(*names)
    yield f"|{'---|' * len(names)}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
