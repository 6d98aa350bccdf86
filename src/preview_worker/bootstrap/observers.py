"""Several observers as one."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from preview_worker.events import Event, Observer


class Observers:
    """Tells every observer of every event; what one of them raises harms nobody."""

    def __init__(self, *observers: Observer) -> None:
        """Begin with ``observers``; more may be attached later."""
        self._observers = list(observers)

    def attach(self, observer: Observer) -> None:
        """Tell ``observer`` of all that happens from now on."""
        self._observers.append(observer)

    def observe(self, event: Event) -> None:
        """Pass ``event`` on."""
        for observer in self._observers:
            with contextlib.suppress(Exception):
                observer.observe(event)
