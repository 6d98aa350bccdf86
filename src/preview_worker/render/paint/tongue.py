"""The language in which pages are being set, for all that sets text on them.

It holds for a stretch of code, as a decimal context does: the cards know words and the planners
places, and neither has to carry a language around for the few lines that ask for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_TONGUE = ContextVar("_TONGUE", default="")


def tongue() -> str:
    """Return the tag of the language that text is set in; nothing where nobody said."""
    return _TONGUE.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Set text in ``language`` within the block."""
    token = _TONGUE.set(language)
    try:
        yield
    finally:
        _TONGUE.reset(token)
