"""What the worker asks of this room, and what it gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from preview_worker.contract import PreviewError

Wanted = Mapping[tuple[str, ...], int]
"""Addresses of which the first that can be had is wanted, and the most bytes it may have."""

Fetched = Mapping[str, Path | PreviewError]
"""For each address that was asked: the file that holds its bytes, or why there is none."""


@dataclass(frozen=True, slots=True)
class AssetVisit:
    """What came of asking a host, or a bucket, for one asset, tries and pauses included."""

    host: str
    size_bytes: int
    """What came over the network."""
    cached: bool
    """Whether it had not changed since it was fetched before."""
    tries: int
    duration_s: float
    code: str | None = None
    """Why it could not be had; None when it was."""
    scheme: str = "https"
    """How it was asked: ``https``, or ``s3`` for the bucket of that name."""


Tell = Callable[[AssetVisit], None]


def tell_nobody(visit: AssetVisit) -> None:
    """Take no note of ``visit``."""
    del visit


class AssetFetcher(Protocol):
    """Somebody who brings assets from elsewhere into files."""

    @property
    def idle(self) -> bool:
        """Whether nothing is ever fetched, so that nobody need find out what is wanted."""

    def fetch(
        self, wanted: Wanted, tell: Tell = tell_nobody
    ) -> AbstractAsyncContextManager[Fetched]:
        """Fetch what is ``wanted``; the files stay for as long as the context lasts.

        What can never be had has its error as its value. Raises ``PreviewError`` with a
        ``transient.*`` code when another attempt may get what this one did not. Cancelling the
        call ends every transfer. ``tell`` hears of every address as soon as it was asked.
        """


class NoFetcher:
    """The fetcher of a worker that fetches nothing."""

    idle = True

    def fetch(
        self, wanted: Wanted, tell: Tell = tell_nobody
    ) -> AbstractAsyncContextManager[Fetched]:
        """Fetch nothing."""
        del wanted, tell
        return _Nothing()


class _Nothing(AbstractAsyncContextManager[Fetched]):
    async def __aenter__(self) -> Fetched:
        return {}

    async def __aexit__(self, *_: object) -> None:
        return None
