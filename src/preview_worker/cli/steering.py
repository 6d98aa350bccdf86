"""``queue``: look at a queue as a whole, hold it, limit it, move its jobs and remove them."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

import click

from preview_worker.cli.console import Exit, complain, json_option, run, show
from preview_worker.cli.spans import Most, Span

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from preview_worker.queue import CleanableState, QueueControls, QueueLimits

T = TypeVar("T")
_LIMIT = click.option("--limit", type=click.IntRange(1), help="Take no more than so many.")
_ALL = click.option("--all", "everything", is_flag=True, help="Take all of them.")
_IDS = click.argument("job_ids", nargs=-1)


def steer(ask: Callable[[QueueControls], Awaitable[T]]) -> T:
    """Return what ``ask`` gets from the controls of the queue that the settings name.

    Ends the command with status 1 and one line when the queue's state does not allow it.
    """
    from preview_worker.bootstrap import open_controls
    from preview_worker.queue import ControlRefusedError
    from preview_worker.settings import load_settings

    async def asking() -> T:
        async with open_controls(load_settings()) as controls:
            return await ask(controls)

    try:
        return run(asking())
    except ControlRefusedError as error:
        complain(str(error))
        raise click.exceptions.Exit(Exit.FAILED) from None


@click.group()
def queue() -> None:
    """Steer the queue as a whole; every BullMQ client sees the effect."""


@queue.command()
@json_option
def counts(*, as_json: bool) -> int:
    """Count the jobs by state, and show the limits."""

    async def ask(controls: QueueControls) -> dict[str, Any]:
        return {**asdict(await controls.counts()), **_limits(await controls.limits())}

    found = steer(ask)
    lines = [f"{name.replace('_', ' '):<17} {_shown(value)}" for name, value in found.items()]
    show(found, "\n".join(lines), as_json=as_json)
    return Exit.DONE


@queue.command()
@json_option
def pause(*, as_json: bool) -> int:
    """Have no worker take a job any more; running ones go on."""
    steer(lambda controls: controls.pause())
    show({"paused": True}, "The queue is paused", as_json=as_json)
    return Exit.DONE


@queue.command()
@json_option
def resume(*, as_json: bool) -> int:
    """Let workers take jobs again."""
    steer(lambda controls: controls.resume())
    show({"paused": False}, "The queue is not paused", as_json=as_json)
    return Exit.DONE


@queue.command()
@click.option("--delayed", is_flag=True, help="Remove delayed jobs as well.")
@json_option
def drain(*, delayed: bool, as_json: bool) -> int:
    """Remove all jobs that wait."""
    removed = steer(lambda controls: controls.drain(delayed=delayed))
    show({"removed": removed}, f"{removed} jobs are removed", as_json=as_json)
    return Exit.DONE


@queue.command()
@click.argument(
    "state",
    type=click.Choice(["completed", "failed", "delayed", "waiting", "prioritized"]),
)
@click.option("--older-than", type=Span(), default=0, help="As in 90s, 15m, 24h or 7d.")
@_LIMIT
@json_option
def clean(state: CleanableState, *, older_than: int, limit: int | None, as_json: bool) -> int:
    """Remove the jobs of one STATE.

    Their age counts from their end, else from their start, else from when they were added.
    """
    removed = steer(
        lambda controls: controls.clean(state, older_than_ms=older_than, limit=limit or 0)
    )
    show({"removed": removed}, f"{len(removed)} jobs are removed", as_json=as_json)
    return Exit.DONE


@queue.command()
@click.option("--force", is_flag=True, help="Even while jobs run.")
@click.option("--yes-obliterate", metavar="NAME", help="Confirm with the name of the queue.")
@json_option
def obliterate(*, force: bool, yes_obliterate: str | None, as_json: bool) -> int:
    """Remove the queue with all its jobs, whatever their state.

    Asks for the name of the queue unless --yes-obliterate gives it.
    """
    from preview_worker.settings import load_settings

    name = load_settings().preview_queue_name
    if yes_obliterate is None and sys.stdin.isatty():
        question = f"This removes every job of {name}. Type the name of the queue to go on"
        yes_obliterate = click.prompt(question, default="", show_default=False, err=True)
    if yes_obliterate != name:
        complain(f"nothing was removed: confirm with --yes-obliterate {name}")
        return Exit.INVALID
    steer(lambda controls: controls.obliterate(force=force))
    show({"obliterated": name}, f"{name} is removed", as_json=as_json)
    return Exit.DONE


@queue.command()
@_IDS
@_ALL
@_LIMIT
@click.option("--fresh", is_flag=True, help="Forget the attempts that they had.")
@json_option
def retry(
    job_ids: tuple[str, ...], *, everything: bool, limit: int | None, fresh: bool, as_json: bool
) -> int:
    """Have failed jobs wait again: those named, or --all, oldest first."""
    if _means_all(job_ids, everything=everything):
        done = steer(lambda controls: controls.retry_all(limit=limit or 0, fresh=fresh))
        show({"retried": done}, f"{done} jobs wait again", as_json=as_json)
        return Exit.DONE
    return _each(
        job_ids, lambda controls, each: controls.retry(each, fresh=fresh), "retried", as_json
    )


@queue.command()
@_IDS
@_ALL
@_LIMIT
@json_option
def promote(job_ids: tuple[str, ...], *, everything: bool, limit: int | None, as_json: bool) -> int:
    """Have delayed jobs wait at once: those named, or --all, those due first first."""
    if _means_all(job_ids, everything=everything):
        done = steer(lambda controls: controls.promote_all(limit=limit or 0))
        show({"promoted": done}, f"{done} jobs wait now", as_json=as_json)
        return Exit.DONE
    return _each(job_ids, lambda controls, each: controls.promote(each), "promoted", as_json)


@queue.command()
@click.argument("most", type=Most(), required=False)
@json_option
def concurrency(most: int | None, *, as_json: bool) -> int:
    """Let at most MOST jobs run at once over all workers; off lifts the limit.

    Without MOST it tells the limit.
    """

    async def ask(controls: QueueControls) -> QueueLimits:
        if most is not None:
            await controls.limit_concurrency(most or None)
        return await controls.limits()

    return _show_limits(steer(ask), as_json=as_json)


@queue.command("rate-limit")
@click.argument("most", type=Most(), required=False)
@click.argument("window", type=Span(), required=False)
@json_option
def rate_limit(most: int | None, window: int | None, *, as_json: bool) -> int:
    """Let at most MOST jobs start within WINDOW over all workers; off lifts the limit.

    As in `rate-limit 10 1m`. Without arguments it tells the limit.
    """
    from preview_worker.queue import RateLimit

    if bool(most) != bool(window):
        message = "Give both a number of jobs and a window, as in: 10 1m; or off"
        raise click.UsageError(message)
    rate = RateLimit(most, window) if most and window else None

    async def ask(controls: QueueControls) -> QueueLimits:
        if most is not None:
            await controls.limit_rate(rate)
        return await controls.limits()

    return _show_limits(steer(ask), as_json=as_json)


def _means_all(job_ids: tuple[str, ...], *, everything: bool) -> bool:
    if bool(job_ids) == everything:
        message = "Name jobs, or give --all"
        raise click.UsageError(message)
    return everything


def _each(
    job_ids: tuple[str, ...],
    move: Callable[[QueueControls, str], Awaitable[None]],
    word: str,
    as_json: bool,  # noqa: FBT001 -- passed on
) -> int:
    """Move the jobs one by one; those that cannot be moved are told, and make the command fail."""
    from preview_worker.queue import ControlRefusedError

    async def ask(controls: QueueControls) -> dict[str, str]:
        refused: dict[str, str] = {}
        for job_id in job_ids:
            try:
                await move(controls, job_id)
            except ControlRefusedError as error:
                refused[job_id] = str(error)
        return refused

    refused = steer(ask)
    done = [job_id for job_id in job_ids if job_id not in refused]
    show({word: done, "refused": refused}, f"{len(done)} jobs are {word}", as_json=as_json)
    for message in refused.values():
        complain(message)
    return Exit.FAILED if refused else Exit.DONE


def _limits(limits: QueueLimits) -> dict[str, Any]:
    rate = limits.rate
    return {
        "concurrency": limits.concurrency,
        "rate_limit": None if rate is None else asdict(rate),
    }


def _show_limits(limits: QueueLimits, *, as_json: bool) -> int:
    document = _limits(limits)
    lines = [f"{name.replace('_', ' '):<17} {_shown(value)}" for name, value in document.items()]
    show(document, "\n".join(lines), as_json=as_json)
    return Exit.DONE


def _shown(value: object) -> str:
    match value:
        case None:
            return "no limit"
        case bool():
            return "yes" if value else "no"
        case {"max_jobs": jobs, "window_ms": window_ms}:
            return f"{jobs} jobs in {window_ms} ms"
        case _:
            return str(value)
