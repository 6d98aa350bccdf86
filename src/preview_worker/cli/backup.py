"""``backup`` and ``restore``: the queue in a file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from preview_worker.cli.console import Exit, complain, json_option, run, show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from preview_worker.queue import BackupSummary

_PATH: click.Path = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=_PATH)
@json_option
def backup(file: Path, *, as_json: bool) -> int:
    """Write the queue's jobs and dead letters to FILE.

    The queue may be in use. Jobs that run are written as waiting, first in line.
    """
    from preview_worker.bootstrap import back_up
    from preview_worker.settings import load_settings

    settings = load_settings()
    try:
        written = run(back_up(settings, file))
    except OSError as error:
        complain(f"{file} cannot be written: {error.strerror}")
        return Exit.FAILED
    text = f"{file} holds {written.queue}: {_told(written.counts)}"
    show(_document(file, written), text, as_json=as_json)
    return Exit.DONE


@click.command()
@click.argument("file", type=_PATH)
@click.option("--merge", is_flag=True, help="Add to the jobs that are in the queue.")
@json_option
def restore(file: Path, *, merge: bool, as_json: bool) -> int:
    """Put the backup in FILE back into the queue.

    The whole file is verified first. When this is interrupted, run it again: it goes on where it
    was. A job whose id is in the queue already is skipped.
    """
    from preview_worker.bootstrap import restore as put_back
    from preview_worker.queue import BackupFileError, QueueNotEmptyError
    from preview_worker.settings import load_settings

    settings = load_settings()
    try:
        done = run(put_back(settings, file, merge=merge))
    except BackupFileError as error:
        complain(str(error))
        return Exit.UNREADABLE
    except QueueNotEmptyError as error:
        complain(str(error))
        return Exit.FAILED
    facts = {"restored": done.restored, "skipped": done.skipped, "resumed": done.resumed}
    text = f"{done.restored} entries of {file} are back, {done.skipped} were there already"
    show({**_document(file, done.backup), **facts}, text, as_json=as_json)
    return Exit.DONE


def _document(file: Path, summary: BackupSummary) -> dict[str, Any]:
    return {
        "file": str(file),
        "queue": summary.queue,
        "createdAt": summary.created_at_ms,
        "sha256": summary.sha256,
        "counts": dict(summary.counts),
    }


def _told(counts: Mapping[str, int]) -> str:
    told = [f"{count} {kind}" for kind, count in counts.items() if kind != "meta"]
    return ", ".join(told) or "no jobs"
