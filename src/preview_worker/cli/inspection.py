"""``settings``, ``schema`` and ``doctor``: what the worker is told, understands and needs."""

from __future__ import annotations

import json

import click

from preview_worker.cli.console import Exit, complain, json_option, run, show
from preview_worker.cli.libraries import system_trouble

_TO_FILL_IN = "#SHA256-OF-THE-PASSWORD"


@click.command()
@json_option
def settings(*, as_json: bool) -> int:
    """Show every setting and where it came from.

    Secrets are masked.
    """
    from preview_worker.settings import describe_settings, find_strangers, load_settings

    rows = describe_settings(load_settings())
    name_width = max(len(row.name) for row in rows)
    value_width = max(len(row.value) for row in rows)
    lines = [
        f"{row.name:<{name_width}}  {row.value:<{value_width}}  {row.source:<11}  {row.meaning}"
        for row in rows
    ]
    document = {row.name: {"value": row.value, "source": row.source} for row in rows}
    show(document, "\n".join(lines), as_json=as_json)
    for stranger in find_strangers():
        complain(stranger)
    return Exit.DONE


@click.command()
@json_option
def schema(*, as_json: bool) -> int:
    """Print the JSON Schema of the job payload."""
    from preview_worker.contract import payload_schema

    document = payload_schema()
    show(document, json.dumps(document, indent=2), as_json=as_json)
    return Exit.DONE


@click.command()
@click.option(
    "--acl", is_flag=True, help="Print the ACL of the Redis user that it needs, and stop."
)
@json_option
def doctor(*, acl: bool, as_json: bool) -> int:
    """Check what the worker needs on this machine and of its Redis.

    Exit status: 0 all is well or worth a warning, 1 something is missing, 69 only Redis cannot be
    reached.
    """
    from preview_worker.bootstrap import examine, redis_acl
    from preview_worker.settings import load_settings

    if acl:
        rule = redis_acl(load_settings(), _TO_FILL_IN)
        show({"acl": rule}, rule, as_json=as_json)
        return Exit.DONE
    checks = run(examine(load_settings(), system_trouble()))
    marks = {
        (True, False): click.style("ok  ", fg="green"),
        (True, True): click.style("warn", fg="yellow"),
        (False, False): click.style("FAIL", fg="red"),
    }
    lines = [
        f"{marks[check.ok, check.warning]} {check.name:<18} {check.detail}" for check in checks
    ]
    document = {
        check.name: {"ok": check.ok, "warning": check.warning, "detail": check.detail}
        for check in checks
    }
    show(document, "\n".join(lines), as_json=as_json)
    failed = {check.name for check in checks if not check.ok}
    if failed == {"redis"}:
        return Exit.UNAVAILABLE
    return Exit.FAILED if failed else Exit.DONE
