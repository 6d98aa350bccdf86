"""The turns of flows in a queue in memory."""

from __future__ import annotations

from preview_worker.queue.jobs import JobState
from preview_worker.queue.port import FlowRequest
from preview_worker.queue.store import MemoryStore
from preview_worker.queue.turns import TURNS, class_of, in_turn


def take_turn(store: MemoryStore, flow: FlowRequest) -> FlowRequest:
    """Return the flow with its children in turn; the rules are those of ``Turns``."""
    first = class_of(flow)
    if flow.turn_of is None or first is None:
        return flow
    last = first + TURNS - 1
    waiting = [
        job.request.priority
        for job in store.jobs.values()
        if job.state is JobState.PRIORITIZED and first <= job.request.priority <= last
    ]
    taken = store.limits.turns.setdefault(first, {})
    if not waiting:
        taken.clear()
    before = min(taken.get(flow.turn_of, 0), max(waiting, default=0))
    turn = min(max(min(waiting, default=first), before + 1), last)
    taken[flow.turn_of] = min(turn + len(flow.children) - 1, last)
    return in_turn(flow, turn)
