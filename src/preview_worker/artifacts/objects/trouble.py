"""What a service or the network may refuse, and what is told of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError, PreconditionError

from preview_worker.contract import ErrorCode, PreviewError

ABSENT = (FileNotFoundError, NotFoundError)
"""Raised for an object that is not there."""
REFUSED = (AlreadyExistsError, PreconditionError)
"""Raised for a write whose condition did not hold."""
_TROUBLE = (BaseError, *ABSENT, PermissionError, TimeoutError, OSError)
_SAID = re.compile(r"status code: (\d{3} [A-Za-z ]+).*?(?:<Code>(\w{1,60})</Code>|$)", re.DOTALL)


@contextmanager
def storage_trouble(doing: str) -> Iterator[None]:
    """Turn what obstore raises into ``transient.storage`` that says what was being done."""
    try:
        yield
    except _TROUBLE as error:
        message = f"The object storage failed while {doing}: {_reason(error)}."
        raise PreviewError(ErrorCode.STORAGE, message) from error


def _reason(error: Exception) -> str:
    """Say in a few words what was wrong; the whole text holds addresses."""
    said = _SAID.search(str(error))
    if said is not None:
        status, code = said.groups()
        return f"{status.strip()} ({code})" if code else status.strip()
    text = str(error)
    if "kind: Timeout" in text or "TimedOut" in text:
        return "it did not answer in time"
    if "error sending request" in text:
        return "it cannot be reached"
    return type(error).__name__
