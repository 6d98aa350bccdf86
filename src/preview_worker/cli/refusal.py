"""Telling why a payload file is refused: by every command in the same way."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from preview_worker.cli.console import Exit, show

if TYPE_CHECKING:
    from preview_worker.contract import PreviewError

_UNREADABLE = {"invalid.payload.syntax", "invalid.payload.encoding"}


def folder_of(file: str) -> Path:
    """Return the folder in which a payload's pictures are looked for besides the usual ones."""
    return Path.cwd() if file == "-" else Path(file).resolve().parent


def status_of(error: PreviewError) -> int:
    """Return the exit status of a command whose payload was refused with ``error``.

    Raises it again if it is no fault of the payload.
    """
    if error.code.retryable:
        raise error
    return Exit.UNREADABLE if error.code.code in _UNREADABLE else Exit.INVALID


def report_invalid(file: str, error: PreviewError, *, as_json: bool) -> int:
    """Print what is wrong with the payload in ``file``; return the exit status."""
    from preview_worker.contract import split_complaints

    status = status_of(error)
    complaints = split_complaints(error)
    header = f"{file} is not a valid preview payload ({error.code.code}):"
    text = "\n".join([header, *(f" - {complaint}" for complaint in complaints)])
    document = {"valid": False, "code": error.code.code, "errors": complaints}
    show(document, text, as_json=as_json)
    return status
