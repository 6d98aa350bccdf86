"""Promised times are judged by the best of several tries: what else a machine does only adds to it.

What must hold at every try is asserted outside of the judgement::

    for attempt in tries():
        took_s = measure()
        with attempt:
            assert took_s < 1
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self


class Try:
    """One of several; its block judges it, and may find fault unless it is the last."""

    def __init__(self, *, last: bool) -> None:
        """Let what the block asserts fail the test if this try is the ``last``."""
        self._last = last
        self.good = False

    def __enter__(self) -> Self:
        """Begin to judge."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        """Take note of the judgement; an assertion that fails asks for another try."""
        self.good = kind is None
        return kind is not None and issubclass(kind, AssertionError) and not self._last


def tries(most: int = 5) -> Iterator[Try]:
    """Yield tries until one is good; the last one that is not fails the test."""
    for left in reversed(range(most)):
        attempt = Try(last=not left)
        yield attempt
        if attempt.good:
            return
    message = "no try was judged"
    raise AssertionError(message)
