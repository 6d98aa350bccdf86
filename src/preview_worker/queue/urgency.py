"""Taking an urgent job and no other, or others first: BullMQ's script behind a look at the line."""

from __future__ import annotations

from functools import cache

from preview_worker.queue.scripts import OwnScript, Script

_GUARD = b"""\
-- A job without a priority comes before all that have one; among those, the score is the priority
-- times 2^32 and a counter. ARGV[4] is the greatest priority that counts as urgent. The answer, if
-- there is none, is that of the script when no job waits.
if rcall('LLEN', KEYS[1]) == 0 then
    local first = rcall('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
    if not first[2] or tonumber(first[2]) >= (tonumber(ARGV[4]) + 1) * 0x100000000 then
        return {0, 0, 0, 0}
    end
end
"""
_OTHERS_FIRST = b"""\
-- The first job that is not urgent, if one waits, before all that are.
local other = rcall('ZRANGEBYSCORE', KEYS[3], (tonumber(ARGV[4]) + 1) * 0x100000000, '+inf',
                    'LIMIT', 0, 1)[1]
if other then
    rcall('ZREM', KEYS[3], other)
    rcall('LPUSH', activeKey, other)
    return prepareJobForProcessing(ARGV[1], rateLimiterKey, eventStreamKey, other, ARGV[2],
                                   maxJobs, limiterDuration, markerKey, opts)
end
"""
_TAKING = b"-- no job ID, try non-blocking move from wait to active\n"
"""Where the script has put in line what was delayed until now, and is about to take a job."""


@cache
def move_urgent_to_active() -> OwnScript:
    """Return the script: keys and arguments of ``moveToActive``, and the greatest priority.

    That it looks and takes in one step keeps a job that is not urgent from those who look at the
    same time and come second. Raises ``RuntimeError`` when BullMQ's script is another than we know.
    """
    return _guarded(_GUARD)


@cache
def move_others_first() -> OwnScript:
    """Return the script that takes a job that is not urgent, or else any; same arguments."""
    return _guarded(_OTHERS_FIRST)


def _guarded(guard: bytes) -> OwnScript:
    script = Script.MOVE_TO_ACTIVE
    before, taking, after = script.body.partition(_TAKING)
    if not taking:
        message = "BullMQ's moveToActive has changed: nobody knows where it takes a job"
        raise RuntimeError(message)
    return OwnScript(before + guard + taking + after, script.key_count)
