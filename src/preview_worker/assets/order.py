"""What is to be transferred, and what came of it, whoever is asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from preview_worker.assets.cache import Record

Write = Callable[[bytes], Awaitable[None]]
"""Takes the next bytes of an asset; whoever sends them waits until it returns."""


class Place(Protocol):
    """Where an asset is to be had. Its text is its address, in one spelling."""

    @property
    def host(self) -> str:
        """Who is asked, as events name them."""

    @property
    def key(self) -> str:
        """What the cache calls the address."""


Where = TypeVar("Where", bound=Place)


@dataclass(frozen=True, slots=True)
class Order(Generic[Where]):
    """What is to be transferred: from where, how much at most, unless it is what it was before."""

    locator: Where
    max_bytes: int
    known: Record | None = None


class Delivery(Protocol):
    """What came of an order: the asset, or word that it is what it was before."""

    @property
    def unchanged(self) -> bool:
        """Whether no bytes came because they are the known ones."""

    @property
    def key(self) -> str:
        """What the cache calls the address that the bytes came from in the end."""

    @property
    def etag(self) -> str:
        """The validator to ask again with; empty if there is none that can be kept."""

    @property
    def modified(self) -> str:
        """When the asset changed last, in the words of whoever has it; empty if not told."""
