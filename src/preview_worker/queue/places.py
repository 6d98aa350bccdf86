"""Places: how many jobs of one project run at once, over all workers.

A job that was leased takes one of its project's places, or is put aside, in one step of Redis. A
place is held by the id of a job and counts as long as that job is active: nothing has to be
renewed, and when a worker dies, the check for stalled jobs frees its places. Put aside means
delayed, as every BullMQ client sees it, with a number of its own in the project's line. When a
place is free the first of that line goes back to the front of its equals in the queue. So a job
comes and goes once, however many wait; the delay is only what brings it back when no worker of ours
is left.
"""

from __future__ import annotations

import contextlib
import hashlib
import random
from functools import cache

from preview_worker.queue.jobs import LeasedJob
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.port import QueueUnavailableError
from preview_worker.queue.scripts import OwnScript, Script, ScriptRunner
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.settlement import Order, SettlementPlanner, Turn
from preview_worker.queue.wire import RedisError

SEATED = 1
"""What the script answers when the job has a place; BullMQ's own answers are others."""

_SHORTEST_ASIDE_MS, _LONGEST_ASIDE_MS = 60_000, 3_600_000
_KEPT_MS = 7 * 86_400_000
"""What nobody asked for in a week is forgotten."""
_SCORES_PER_PRIORITY = 2**32

_COUNT = b"""\
local function count_seated(places, root)
  local seated = 0
  for _, id in ipairs(redis.call('SMEMBERS', places)) do
    local locked = redis.call('EXISTS', root .. id .. ':lock') == 1
    if locked or redis.call('LPOS', root .. 'active', id) then
      seated = seated + 1
    else
      redis.call('SREM', places, id)
    end
  end
  return seated
end
"""

_CLAIM = (
    _COUNT
    + b"""\
if redis.call('GET', KEYS[5] .. ':lock') == ARGV[4] then
  redis.call('SREM', KEYS[12], ARGV[3])
  if count_seated(KEYS[12], ARGV[1]) < tonumber(ARGV[10]) then
    redis.call('SADD', KEYS[12], ARGV[3])
    redis.call('PEXPIRE', KEYS[12], ARGV[13])
    redis.call('ZREM', KEYS[13], ARGV[3])
    return 1
  end
  redis.call('ZADD', KEYS[13], 'NX', ARGV[11], ARGV[3])
  redis.call('SADD', KEYS[14], ARGV[12])
  local pause = tonumber(ARGV[5]) * (1 + redis.call('ZCARD', KEYS[13]) / tonumber(ARGV[10]))
  ARGV[5] = string.format('%.0f', math.min(pause, tonumber(ARGV[14])))
end
"""
)
"""Goes before BullMQ's ``moveToDelayed``, which is what happens to a job that finds no place.

Beyond its keys: the project's places, its line, the projects that have a line. Beyond its
arguments: how many places there are, the job's number in the line, the project, and milliseconds:
how long places are kept, and how long a job is put aside at most. The delay that is given is for an
empty line; it grows with the line.
"""

_CALL_UP = OwnScript(
    _COUNT
    + b"""\
local most, urgent = tonumber(ARGV[2]), tonumber(ARGV[3])
local taken = count_seated(KEYS[1], ARGV[1])
local called = 0
local line = redis.call('ZRANGE', KEYS[2], 0, most + 99, 'WITHSCORES')
for place = 1, #line, 2 do
  local id = line[place]
  local job = ARGV[1] .. id
  local room = most + (tonumber(line[place + 1]) < urgent and 1 or 0)
  if redis.call('EXISTS', job) == 0 or redis.call('HEXISTS', job, 'finishedOn') == 1 then
    redis.call('ZREM', KEYS[2], id)
  elseif not redis.call('ZSCORE', KEYS[4], id) then
    taken = taken + 1
  elseif taken >= room then
    break
  else
    local priority = tonumber(redis.call('HGET', job, 'priority')) or 0
    redis.call('ZREM', KEYS[4], id)
    if priority == 0 then
      redis.call('RPUSH', KEYS[5], id)
    else
      redis.call('ZADD', KEYS[6], priority * 0x100000000, id)
    end
    redis.call('HSET', job, 'delay', 0)
    redis.call('XADD', KEYS[7], '*', 'event', 'waiting', 'jobId', id, 'prev', 'delayed')
    redis.call('ZADD', KEYS[8], 0, '0')
    taken = taken + 1
    called = called + 1
  end
end
if redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('SREM', KEYS[3], ARGV[4])
end
return called
""",
    key_count=8,
)
"""Calls up as many of a project's line as there are free places; answers how many.

Who is on the way to a place, called up and not leased yet, counts as if it had one. Those who have
ended or are gone leave the line. Keys: places, line, projects, then the queue's delayed, wait,
prioritized, events and marker. Arguments: the root of the keys, how many places, the number in
line from which jobs are not urgent, the project.
"""


@cache
def claim_script() -> OwnScript:
    """Return the script that gives a job a place or puts it aside."""
    script = Script.MOVE_TO_DELAYED
    return OwnScript(_CLAIM + script.body, script.key_count + 3)


class Places:
    """The places of every project in one queue."""

    def __init__(self, link: RedisLink, keys: QueueKeys, settings: QueueSettings) -> None:
        """Look after the places of the queue of ``keys``, as many as ``settings`` say."""
        self._link = link
        self._scripts = ScriptRunner(link)
        self._keys = keys
        self._most = settings.project_max_active
        self._urgent_priority = settings.urgent_priority
        self._sweep_ms = round(settings.stall_check_s * 1000)

    @property
    def bounded(self) -> bool:
        """Whether there is a limit at all."""
        return self._most > 0

    def plan(self, planner: SettlementPlanner, job: LeasedJob, project: str, turn: Turn) -> Order:
        """Return the order that gives ``job`` a place or puts it aside.

        An urgent job finds one place more than others do: it shall not wait for its own project's
        batch.
        """
        share = share_of(project)
        pause_ms = round(_SHORTEST_ASIDE_MS * random.uniform(1.0, 1.5))  # noqa: S311 -- no secret
        aside = planner.plan_put_aside(job, pause_ms, turn)
        return aside._replace(
            script=claim_script(),
            keys=(*aside.keys, *self._keys.places(share)),
            args=(
                *aside.args,
                self._most + (job.priority <= self._urgent_priority),
                number_in_line(job),
                share,
                _KEPT_MS,
                _LONGEST_ASIDE_MS,
            ),
        )

    async def call_up(self, share: str) -> int:
        """Have jobs of a project's line wait for a worker, as many as it has places free."""
        keys = self._keys
        script_keys = (
            *keys.places(share),
            keys.delayed,
            keys.wait,
            keys.prioritized,
            keys.events,
            keys.marker,
        )
        unhurried = (self._urgent_priority + 1) * _SCORES_PER_PRIORITY
        args = (keys.root, self._most, unhurried, share)
        called = await self._scripts.run(_CALL_UP, script_keys, args)
        return called if isinstance(called, int) else 0

    async def vacate(self, share: str | None) -> None:
        """Call up who waits for a place that was given back; whoever sweeps makes up for it."""
        if share is not None:
            with contextlib.suppress(QueueUnavailableError, RedisError):
                await self.call_up(share)

    async def sweep(self) -> None:
        """Call up those whose place was freed by a worker that died, once for all workers.

        Raises what ``RedisLink.call`` raises.
        """
        if not self.bounded:
            return
        ours = ("SET", self._keys.places_swept, 1, "NX", "PX", self._sweep_ms)
        if await self._link.call(*ours) is None:
            return
        shares = await self._link.call("SMEMBERS", self._keys.places_projects)
        for share in shares if isinstance(shares, list) else ():
            if isinstance(share, bytes):
                await self.call_up(share.decode(errors="replace"))


def share_of(project: str) -> str:
    """Return a name for a project that can be part of a key, whatever its id holds."""
    return hashlib.sha256(project.encode(errors="surrogatepass")).hexdigest()[:32]


def number_in_line(job: LeasedJob) -> float:
    """Return where a job stands in its project's line: by priority, then by age."""
    return job.priority * _SCORES_PER_PRIORITY + job.added_at_ms / 1000 % _SCORES_PER_PRIORITY
