"""``verify``: see whether a running deployment does what it is there for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from preview_worker.cli.console import Exit, json_option, run, show

if TYPE_CHECKING:
    from preview_worker.bootstrap import Finding, Verification

_MARKS = {
    "passed": ("[SUCCESS]", "green"),
    "warning": ("[WARNING]", "yellow"),
    "skipped": ("[INFO]", "blue"),
    "failed": ("[ERROR]", "red"),
    "unreachable": ("[ERROR]", "red"),
    "late": ("[ERROR]", "red"),
}


def _address(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        message = "must be an address such as http://127.0.0.1:3000"
        raise click.BadParameter(message)
    return value.rstrip("/")


@click.command()
@click.option("--url", callback=_address, help="Worker to look at. [default: HEALTH_PORT here]")
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(0.1, 3600),
    default=60,
    show_default=True,
    help="Seconds that each job may take.",
)
@click.option("--render", is_flag=True, help="Render a small tutorial too, end to end.")
@click.option("--probes-only", is_flag=True, help="Look at probes and metrics, and nothing else.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@json_option
def verify(
    *,
    url: str | None,
    timeout_s: float,
    render: bool,
    probes_only: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Check a running worker from its probes to a preview.

    Its settings are read as the worker reads them, so run this where the worker runs, with its
    environment. Exit status: 0 all is well, 1 something is not, 69 the worker or Redis cannot be
    reached, 75 a job was not done in time.
    """
    from preview_worker.bootstrap import Scope, Verification
    from preview_worker.settings import load_settings

    if render and probes_only:
        message = "--render and --probes-only exclude each other"
        raise click.UsageError(message)
    settings = load_settings()
    address = url or f"http://127.0.0.1:{settings.health_port}"
    scope = Scope(url=address, timeout_s=timeout_s, render=render, probes_only=probes_only)
    verification = Verification(settings, scope)
    if not as_json:
        click.echo(f"=== Verify the preview worker at {address} ===")
    if dry_run:
        return _tell_plan(verification.plan(), as_json=as_json)
    return run(_verify(verification, as_json=as_json))


def _tell_plan(plan: list[str], *, as_json: bool) -> int:
    lines = [f"{_mark('skipped')} would {step}" for step in plan]
    show({"dryRun": True, "plan": plan}, "\n".join(lines), as_json=as_json)
    return Exit.DONE


async def _verify(verification: Verification, *, as_json: bool) -> int:
    begun_s = time.monotonic()
    found: list[Finding] = []
    async for finding in verification.findings():
        found.append(finding)
        if not as_json:
            click.echo(f"{_mark(finding.standing)} {finding.name}: {finding.detail}")
    tried = [finding for finding in found if finding.standing != "skipped"]
    failed = [finding for finding in tried if finding.standing.failed]
    duration_s = time.monotonic() - begun_s
    document = {
        "ok": not failed,
        "total": len(tried),
        "passed": len(tried) - len(failed),
        "failed": len(failed),
        "durationSeconds": round(duration_s, 1),
        "checks": [
            {"name": one.name, "standing": str(one.standing), "detail": one.detail} for one in found
        ],
    }
    names = ", ".join(finding.name for finding in failed)
    lines = [
        "",
        f"Total: {len(tried)}",
        f"Passed: {len(tried) - len(failed)}",
        f"Failed: {len(failed)}",
        f"Duration: {duration_s:.1f} s",
        f"FAIL - {names}" if failed else "OK - the preview worker is well",
    ]
    show(document, "\n".join(lines), as_json=as_json)
    return _status({str(finding.standing) for finding in failed})


def _mark(standing: str) -> str:
    word, colour = _MARKS[standing]
    return click.style(word, fg=colour)


def _status(failures: set[str]) -> Exit:
    if not failures:
        return Exit.DONE
    if "unreachable" in failures:
        return Exit.UNAVAILABLE
    return Exit.FAILED if "failed" in failures else Exit.TRY_AGAIN
