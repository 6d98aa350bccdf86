"""``dead``: what became of jobs that will not be tried again, and what shall become of them."""

from __future__ import annotations

import base64
import functools
import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from preview_worker.cli.console import Exit, complain, json_option, run, show
from preview_worker.cli.measures import Rate, letter_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from preview_worker.queue import DeadLetter, Fate, LetterChoice


@click.group()
def dead() -> None:
    """Look at jobs that will not be tried again; replay or drop them."""


@dead.command("list")
@letter_options
@json_option
def list_letters(*, code: str, since: int | None, until: int | None, as_json: bool) -> int:
    """List dead letters, the oldest first."""
    return run(_list(Wish(code, since, until), as_json=as_json))


@dead.command("show")
@click.argument("job_id")
@json_option
def show_letter(job_id: str, *, as_json: bool) -> int:
    """Show all that is known of a dead job, its payload included."""
    return run(_show(job_id, as_json=as_json))


@dataclass(frozen=True)
class Wish:
    """What the options and arguments of a command say."""

    code: str = "*"
    since: int | None = None
    until: int | None = None
    job_ids: tuple[str, ...] = ()
    everything: bool = False
    dry_run: bool = False
    per_s: float | None = None

    def choice(self) -> LetterChoice:
        """Return the letters that are meant."""
        from preview_worker.queue import LetterChoice, LetterFilter

        return LetterChoice(LetterFilter(self.code, self.since, self.until), self.job_ids)

    def require_choice(self) -> None:
        """Refuse to mean all letters unless that was said."""
        if not (self.everything or self.job_ids or self.since or self.until or self.code != "*"):
            message = "Name jobs, or give --code, --since, --until or --all"
            raise click.UsageError(message)


def _fate_options(command: Callable[[Wish, bool], int]) -> Callable[..., Any]:
    """Give a command the options by which letters are chosen, as one ``Wish``."""

    @functools.wraps(command)
    def wished(*, as_json: bool, **given: Any) -> int:  # noqa: ANN401 -- click checked the types
        return command(Wish(**given), as_json)

    made: Callable[..., Any] = wished
    for option in (
        json_option,
        click.option("--rate", "per_s", type=Rate(), help="At most so many, such as 5/s."),
        click.option("--dry-run", is_flag=True, help="Only say what would be done."),
        click.option("--all", "everything", is_flag=True, help="Mean every letter."),
        letter_options,
        click.argument("job_ids", nargs=-1),
    ):
        made = option(made)
    return made


@dead.command()
@_fate_options
def replay(wish: Wish, as_json: bool) -> int:  # noqa: FBT001 -- called by the decorator alone
    """Put dead jobs back into their queue.

    Each gets its old id and all its attempts. A job that waits, runs or was completed in the
    meantime is left alone, so doing it twice does no harm. Every replay is logged.
    """
    return run(_decide("replay", wish, as_json=as_json))


@dead.command()
@_fate_options
def drop(wish: Wish, as_json: bool) -> int:  # noqa: FBT001 -- called by the decorator alone
    """Forget dead letters for good.

    Every one is logged.
    """
    return run(_decide("drop", wish, as_json=as_json))


async def _list(wish: Wish, *, as_json: bool) -> int:
    from preview_worker.bootstrap import open_dead_letters
    from preview_worker.settings import load_settings

    async with open_dead_letters(load_settings()) as letters:
        chosen = wish.choice().of(letters)
        found = [(_document(letter), _line(letter)) async for letter in chosen]
    text = "\n".join(line for _, line in found) or "There are no such dead letters"
    show({"letters": [document for document, _ in found]}, text, as_json=as_json)
    return Exit.DONE


async def _show(job_id: str, *, as_json: bool) -> int:
    from preview_worker.bootstrap import open_dead_letters
    from preview_worker.settings import load_settings

    async with open_dead_letters(load_settings()) as letters:
        letter = await letters.find(job_id)
    if letter is None:
        complain(f"There is no dead letter of job {job_id}")
        return Exit.FAILED
    document = {**_document(letter), "history": list(letter.history), **_payload(letter)}
    show(document, json.dumps(document, ensure_ascii=False, indent=2), as_json=as_json)
    return Exit.DONE


async def _decide(verb: str, wish: Wish, *, as_json: bool) -> int:
    from preview_worker.bootstrap import (
        log_observer,
        open_audit,
        open_dead_letters,
        start_logging,
    )
    from preview_worker.queue import LetterClerk
    from preview_worker.settings import load_settings

    wish.require_choice()
    choice = wish.choice()
    settings = load_settings()
    start_logging(settings)
    recording = open_audit(settings, log_observer())
    async with open_dead_letters(settings) as letters, recording as observer:
        clerk = LetterClerk(letters, observer, wish.dry_run, wish.per_s)
        deed = clerk.replay if verb == "replay" else clerk.drop
        fates = [(_document(fate.letter), fate) async for fate in deed(choice)]
    return _conclude(verb, choice, fates, as_json=as_json)


def _conclude(
    verb: str, choice: LetterChoice, fates: list[tuple[dict[str, Any], Fate]], *, as_json: bool
) -> int:
    results = [fate.result or f"would {verb}" for _, fate in fates]
    jobs = [
        {"jobId": document["jobId"], "code": document["code"], "result": result}
        for (document, _), result in zip(fates, results, strict=True)
    ]
    lines = [f"{job['jobId']}  {job['code']}  {job['result']}" for job in jobs]
    counts = dict(Counter(results))
    total = ", ".join(f"{count} {result}" for result, count in counts.items())
    text = "\n".join([*lines, total or "There are no such dead letters"])
    show({"counts": counts, "jobs": jobs}, text, as_json=as_json)
    missing = set(choice.job_ids) - {fate.letter.id for _, fate in fates}
    for job_id in sorted(missing):
        complain(f"There is no such dead letter of job {job_id}")
    return Exit.FAILED if missing else Exit.DONE


def _document(letter: DeadLetter) -> dict[str, Any]:
    """Return the letter less its payload, in the names that it has in Redis."""
    return {
        "jobId": letter.shown_id,
        "name": letter.name,
        "code": letter.code,
        "reason": letter.reason,
        "diedAt": letter.died_at_ms,
        "addedAt": letter.added_at_ms,
        "processedOn": letter.leased_at_ms,
        "attemptsMade": letter.attempts_made,
        "attemptsStarted": letter.attempts_started,
        "stalledCount": letter.stalled_count,
        "deaths": letter.deaths,
        "worker": letter.worker,
        "workerVersion": letter.worker_version,
    }


def _payload(letter: DeadLetter) -> dict[str, Any]:
    try:
        return {"payload": json.loads(letter.payload)}
    except (ValueError, RecursionError):
        return {"payloadBase64": base64.b64encode(letter.payload).decode()}


def _line(letter: DeadLetter) -> str:
    died = datetime.fromtimestamp(letter.died_at_ms / 1000, UTC).isoformat(timespec="seconds")
    reason = " ".join(letter.reason.split())[:80]
    return f"{died}  {_document(letter)['jobId']}  {letter.code}  {reason}"
