"""Any event, and the protocol of those who watch."""

from __future__ import annotations

from typing import Protocol

from preview_worker.events.jobs import JobEvent
from preview_worker.events.people import PersonEvent
from preview_worker.events.processes import ProcessEvent
from preview_worker.events.visits import VisitEvent
from preview_worker.events.workers import WorkerEvent

Event = WorkerEvent | JobEvent | PersonEvent | VisitEvent | ProcessEvent


class Observer(Protocol):
    """Somebody who is told of events. It must return quickly and never raise."""

    def observe(self, event: Event) -> None:
        """Take note of ``event``."""
