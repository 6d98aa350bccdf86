"""Turns: projects that add flows at the same time get their children done one for one.

BullMQ knows no groups, but priorities of which there are two million. So the children of a flow get
numbers as packets do in start-time fair queueing (Goyal, Vin and Cheng, 1996), each child being of
one size: a project's next number is one more than its last one, or the number that is served just
now if that is greater. Whoever adds ten flows gets numbers far ahead, and whoever comes later with
one gets those that are next. Numbers beyond the last one that waits belong to children that are
gone, and do not count; when no child waits, numbering begins anew.

The priorities that are asked for stay classes: children of one that is smaller come before all of a
greater one. Jobs that are no children of a flow keep their own priorities, which are smaller.
"""

from __future__ import annotations

from dataclasses import replace

from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.places import share_of
from preview_worker.queue.port import FlowRequest, QueueUnavailableError
from preview_worker.queue.request import PRIORITY_LIMIT
from preview_worker.queue.scripts import OwnScript, ScriptRunner

TURNS = 2**18
"""So many numbers each class has. Whoever needs more before the line is empty shares the last one
with all others, first come first served."""
_KEPT_MS = 7 * 86_400_000

_TAKE = OwnScript(
    b"""
local first, last = tonumber(ARGV[1]), tonumber(ARGV[1]) + tonumber(ARGV[2]) - 1
local beyond = string.format('(%.0f', (last + 1) * 0x100000000)
local from = string.format('%.0f', first * 0x100000000)
local head = redis.call('ZRANGEBYSCORE', KEYS[1], from, beyond, 'WITHSCORES', 'LIMIT', 0, 1)
if head[2] then
  first = math.floor(tonumber(head[2]) / 0x100000000)
else
  redis.call('DEL', KEYS[2])
end
local tail = redis.call('ZREVRANGEBYSCORE', KEYS[1], beyond, from, 'WITHSCORES', 'LIMIT', 0, 1)
local most = tail[2] and math.floor(tonumber(tail[2]) / 0x100000000) or 0
local taken = math.min(tonumber(redis.call('HGET', KEYS[2], ARGV[3])) or 0, most)
local turn = math.min(math.max(first, taken + 1), last)
redis.call('HSET', KEYS[2], ARGV[3], math.min(turn + tonumber(ARGV[4]) - 1, last))
redis.call('PEXPIRE', KEYS[2], ARGV[5])
return turn
""",
    key_count=2,
)
"""Takes numbers for a project and answers the first.

Keys: the queue's prioritized set, the last numbers of all projects in this class. Arguments: the
first number of the class, how many it has, the project, how many are wanted, and how long the last
numbers are kept (milliseconds).
"""


class Turns:
    """Gives the children of flows their turns."""

    def __init__(self, link: RedisLink, keys: QueueKeys) -> None:
        """Number children in the queue of ``keys``."""
        self._scripts = ScriptRunner(link)
        self._keys = keys

    async def take(self, flow: FlowRequest) -> FlowRequest:
        """Return the flow with its children in turn.

        Numbers that are taken and not used, because the flow was not added or was removed, put the
        project behind those who wait, and no further.
        """
        first = class_of(flow)
        if flow.turn_of is None or first is None:
            return flow
        keys = (self._keys.prioritized, self._keys.turns(first))
        args = (first, TURNS, share_of(flow.turn_of), len(flow.children), _KEPT_MS)
        turn = await self._scripts.run(_TAKE, keys, args)
        if not isinstance(turn, int):
            message = f"Redis answered {turn!r} when turns were taken"
            raise QueueUnavailableError(message)
        return in_turn(flow, turn)


def class_of(flow: FlowRequest) -> int | None:
    """Return the first number of the flow's class; None when its priority is beyond all classes."""
    first = flow.children[0].priority * TURNS
    return first if 0 < first <= PRIORITY_LIMIT - TURNS else None


def in_turn(flow: FlowRequest, turn: int) -> FlowRequest:
    """Return the flow with its children numbered from ``turn``."""
    last = turn // TURNS * TURNS + TURNS - 1
    children = tuple(
        replace(child, priority=min(turn + number, last))
        for number, child in enumerate(flow.children)
    )
    return replace(flow, children=children)
