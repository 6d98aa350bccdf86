"""How many jobs a worker runs at a time, and of what kind."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from preview_worker.worker.settings import WorkerSettings


@dataclass(frozen=True, slots=True)
class Slots:
    """Places for jobs: for any, for urgent ones alone, or for others before those (``patient``)."""

    free: asyncio.Semaphore
    urgent: bool = False
    patient: bool = False

    @property
    def takes_any(self) -> bool:
        """Whether it does not matter which job comes."""
        return not (self.urgent or self.patient)


def divide_slots(settings: WorkerSettings) -> list[Slots]:
    """Divide the slots of a worker. One at least is not reserved for urgent jobs."""
    reserved = min(settings.reserved, max(0, settings.concurrency - 1))
    patient = min(settings.patient, settings.concurrency - reserved)
    slots = [Slots(asyncio.Semaphore(settings.concurrency - reserved - patient))]
    if reserved:
        slots.append(Slots(asyncio.Semaphore(reserved), urgent=True))
    if patient:
        slots.append(Slots(asyncio.Semaphore(patient), patient=True))
    return slots
