"""For whom a process acts just now, where several people do things through one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_KEY: ContextVar[str] = ContextVar("audit_key", default="")


@contextmanager
def acting_for(key: str) -> Iterator[None]:
    """Have every deed of this task recorded under the name of a key while the block runs.

    The name, and never the key itself.
    """
    before = _KEY.set(key)
    try:
        yield
    finally:
        _KEY.reset(before)


def acting_key() -> str:
    """Return the name of the key for which this task acts, empty for none."""
    return _KEY.get()
