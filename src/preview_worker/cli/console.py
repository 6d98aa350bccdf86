"""What commands print, and the numbers with which they end."""

from __future__ import annotations

import json
import sys
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from preview_worker.cli.libraries import system_trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


class Exit(IntEnum):
    """Exit statuses; 69, 70 and 75 are those of BSD's ``sysexits.h``."""

    DONE = 0
    FAILED = 1
    INVALID = 2
    UNREADABLE = 3
    FINDINGS = 6
    UNAVAILABLE = 69
    DEFECT = 70
    TRY_AGAIN = 75
    INTERRUPTED = 130


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--json`` to a command."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, one object.")(command)


def show(document: dict[str, Any], text: str, *, as_json: bool) -> None:
    """Print ``document`` as JSON, or ``text`` for people."""
    click.echo(json.dumps(document, ensure_ascii=False) if as_json else text)


def complain(message: str) -> None:
    """Print an error to the standard error stream."""
    click.echo(f"{click.style('error:', fg='red', bold=True)} {message}", err=True)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` in an event loop, which is loaded only now: ``--help`` needs none."""
    import asyncio

    return asyncio.run(work)


def require_libraries() -> None:
    """End the command with status 1 and one line when a system library is missing."""
    trouble = system_trouble()
    if trouble is not None:
        complain(trouble)
        raise click.exceptions.Exit(Exit.FAILED)


def read_input(name: str) -> bytes:
    """Return the bytes of a file, or of the standard input when ``name`` is ``-``.

    Ends the command with status 3 when they cannot be read.
    """
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        complain(f"{name} cannot be read: {error.strerror}")
        raise click.exceptions.Exit(Exit.UNREADABLE) from None
