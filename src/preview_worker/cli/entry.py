"""The ``preview-worker`` command: its subcommands, and how every error leaves it.

Nothing heavy is imported here or at the top of a command's file, so that ``--help`` is instant.
"""

from __future__ import annotations

from typing import Any

import click

from preview_worker import __version__
from preview_worker.cli.audit import audit
from preview_worker.cli.backup import backup, restore
from preview_worker.cli.cancellation import cancel
from preview_worker.cli.console import Exit, complain
from preview_worker.cli.dead import dead
from preview_worker.cli.demonstration import demo, up
from preview_worker.cli.diff import diff
from preview_worker.cli.inspection import doctor, schema, settings
from preview_worker.cli.lint import lint
from preview_worker.cli.render import render, validate
from preview_worker.cli.serve import serve
from preview_worker.cli.steering import queue
from preview_worker.cli.still import still
from preview_worker.cli.submission import enqueue, status, watch
from preview_worker.cli.sweep import sweep
from preview_worker.cli.verify import verify
from preview_worker.cli.work import work


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 done, 1 failed, 2 invalid input or usage, 3 unreadable input, "
    "6 errors found by lint, 69 a service is unavailable, 70 the worker met a defect of its own, "
    "75 try again later.",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def preview_worker() -> None:
    """Render Mobius how-to-play previews from BullMQ jobs.

    Try `preview-worker demo`: it needs no Redis and no settings.
    """


for _command in (
    demo,
    up,
    work,
    serve,
    render,
    validate,
    lint,
    diff,
    still,
    enqueue,
    status,
    watch,
    cancel,
    queue,
    dead,
    backup,
    restore,
    audit,
    sweep,
    doctor,
    verify,
    settings,
    schema,
):
    preview_worker.add_command(_command)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    try:
        result: Any = preview_worker.main(
            arguments, prog_name="preview-worker", standalone_mode=False
        )
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return Exit.INTERRUPTED
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except Exception as error:
        verdict = _explain(error)
        if verdict is None:
            raise
        complain(str(error))
        return verdict
    return result if isinstance(result, int) else Exit.DONE


def _explain(error: Exception) -> Exit | None:
    """Return the exit status of an error that people can act on; None for a defect of ours."""
    from preview_worker.api import ProbePortError
    from preview_worker.contract import ErrorCode, PreviewError
    from preview_worker.queue import JobRefusedError, QueueFullError, QueueUnavailableError
    from preview_worker.settings import SettingsError
    from preview_worker.worker import WorkerDefectError

    match error:
        case PreviewError(code=code) if code.code.startswith("invalid."):
            return Exit.INVALID
        case PreviewError(code=ErrorCode.STORAGE) | QueueUnavailableError() | ProbePortError():
            return Exit.UNAVAILABLE
        case PreviewError(code=code):
            return Exit.TRY_AGAIN if code.retryable else Exit.FAILED
        case SettingsError() | JobRefusedError():
            return Exit.INVALID
        case QueueFullError():
            return Exit.TRY_AGAIN
        case _:
            return Exit.DEFECT if isinstance(error, WorkerDefectError) else None
